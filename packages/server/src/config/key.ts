import { parseDuration } from 'sojourn'
import type { ServiceSettings } from '../settings.js'

type DeepPartial<T> = T extends readonly unknown[] | Uint8Array | string | number | boolean
  ? T
  : { readonly [Key in keyof T]?: DeepPartial<Exclude<T[Key], undefined>> }

/** A part of the settings. */
export type Patch = DeepPartial<ServiceSettings>

/** What a value comes to: a part of the settings, or the reason why it cannot be had. */
export type Use = Patch | { readonly refused: string }

/** What a value of the right type does. */
type UseOf<T> = (value: T) => Use

/** One key of the configuration. The table of all of them is what is accepted, what it does, and what is refused and why. */
export interface ConfigKey {
  /** Dotted, in snake_case. */
  readonly path: string
  /** What it does, as a sentence. */
  readonly does: string
  /** Which values may stand there, continuing "found …; ". */
  readonly allowed: string
  /** Undefined for a value of the wrong type. */
  readonly read: (value: unknown) => Use | undefined
  /** For a path with a name in it that is free to choose, such as that of a role: what a value does under that name. */
  readonly readNamed?: (name: string, value: unknown) => Use | undefined
  /** Whether what stands there must not be repeated in a message. */
  readonly isSecret?: boolean
}

/** Says that this value cannot be had, and why. */
export function refused(reason: string): Use {
  return { refused: reason }
}

/** A key for a thing that this version does not have, whatever stands there. */
export function unavailable(path: string, does: string, reason: string): ConfigKey {
  return { path, does, allowed: reason, read: () => refused(reason) }
}

export function flag(path: string, does: string, use: UseOf<boolean>): ConfigKey {
  return { path, does, allowed: 'allowed are true and false.', read: (value) => (typeof value === 'boolean' ? use(value) : undefined) }
}

/** A flag for a thing that this version does not have: it may say so. */
export function notYet(path: string, does: string, reason: string): ConfigKey {
  return flag(path, does, (on) => (on ? refused(reason) : {}))
}

/** A flag for a thing that always holds. */
export function always(path: string, does: string, reason: string): ConfigKey {
  return flag(path, does, (on) => (on ? {} : refused(reason)))
}

export function duration(
  path: string,
  does: string,
  use: UseOf<number | string>,
  least = 1,
  most: number = Number.POSITIVE_INFINITY,
): ConfigKey {
  const range = most === Number.POSITIVE_INFINITY ? `from ${least} ms on` : `from ${least} to ${most} ms`
  return {
    path,
    does,
    allowed: `allowed is a length of time ${range}: a whole number of milliseconds, or text like 30s, 15m, 8h or 7d.`,
    read(value) {
      if (typeof value !== 'string' && !(typeof value === 'number' && Number.isInteger(value))) return undefined
      const millis = parseDuration(value)
      return millis !== undefined && millis >= least && millis <= most ? use(value) : undefined
    },
  }
}

export function whole(path: string, does: string, [least, most]: readonly [number, number], use: UseOf<number>): ConfigKey {
  return {
    path,
    does,
    allowed: `allowed is a whole number from ${least} to ${most}.`,
    read: (value) => (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? use(value) : undefined),
  }
}

export function choice<const T extends string>(path: string, does: string, values: readonly T[], use: UseOf<T>): ConfigKey {
  return {
    path,
    does,
    allowed: `allowed is ${values.map((value) => `"${value}"`).join(' or ')}.`,
    read(value) {
      const found = values.find((one) => one === value)
      return found === undefined ? undefined : use(found)
    },
  }
}

export function text(
  path: string,
  does: string,
  { pattern, allowed }: { readonly pattern: RegExp; readonly allowed: string },
  use: UseOf<string>,
): ConfigKey {
  return {
    path,
    does,
    allowed: `allowed is ${allowed}.`,
    read: (value) => (typeof value === 'string' && pattern.test(value) ? use(value) : undefined),
  }
}

/** Text that `read` understands; undefined is what it does not. */
export function parsed<T>(path: string, does: string, allowed: string, read: (value: unknown) => T | undefined, use: UseOf<T>): ConfigKey {
  return {
    path,
    does,
    allowed: `allowed is ${allowed}.`,
    read(value) {
      const found = read(value)
      return found === undefined ? undefined : use(found)
    },
  }
}
