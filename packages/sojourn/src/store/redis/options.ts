import { type Clock, type Millis, systemClock } from '../../clock.js'
import { SessionError } from '../../errors.js'
import type { RedisClient } from './adapt.js'

/** Where warnings go; `console` and pino fit as they are. */
export interface RedisLogger {
  warn(details: Readonly<Record<string, unknown>>, message: string): void
}

export interface RedisStoreSettings {
  /** Begins all keys: up to 64 printable ASCII characters without spaces and braces. @default 'sojourn:' */
  readonly prefix?: string
  /** How long a verb waits for the server before it throws `STORE_UNAVAILABLE`. @default 1,000 */
  readonly timeout?: Millis
  /** How many replicas must acknowledge a change before `settle` calls it durable. @default 0 */
  readonly replicas?: number
  /** How long `settle` waits for them. @default 1,000 */
  readonly waitTimeout?: Millis
  /** The most commands that may wait for answers on one connection of our own; more are refused at once. @default 16,384 */
  readonly maxPending?: number
  /** Told what could not be checked at the start. @default none */
  readonly logger?: RedisLogger
  /** @default the clock of this machine */
  readonly clock?: Clock
}

export interface SentinelOptions {
  /** What the sentinels call the primary: the first word behind `sentinel monitor`. */
  readonly name: string
  /** The sentinels: `host:port`, or an address in full where they ask for a password. */
  readonly nodes: readonly string[]
  /** How one signs in to the servers that the sentinels name. @default none */
  readonly username?: string
  /** @default none */
  readonly password?: string
  /** @default 0 */
  readonly database?: number
  /** Whether those servers speak TLS. @default false */
  readonly tls?: boolean
}

/** Exactly one way to reach Redis. */
export type RedisTarget =
  | { readonly url: string }
  | { readonly client: RedisClient }
  | { readonly cluster: readonly string[] }
  | { readonly sentinel: SentinelOptions }

export type RedisStoreOptions = RedisTarget & RedisStoreSettings

const DEFAULTS = Object.freeze({
  prefix: 'sojourn:',
  timeout: 1_000,
  replicas: 0,
  waitTimeout: 1_000,
  /** About 16 MB of commands on their way: a server that is that far behind is not helped by more. */
  maxPending: 16_384,
  logger: Object.freeze({ warn: () => undefined }),
  clock: systemClock,
}) satisfies Required<RedisStoreSettings>

const refuse = (path: string, message: string): never => {
  throw new SessionError('CONFIG_INVALID', `${path}: ${message}`, { path })
}

const isWhole = (value: unknown, least: number): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= least

/** The settings with their defaults. Throws `CONFIG_INVALID` for one that cannot be meant. */
export function readSettings(options: RedisStoreOptions): Required<RedisStoreSettings> {
  const ways = ['url', 'client', 'cluster', 'sentinel'].filter((way) => way in options)
  if (ways.length !== 1) refuse('url', 'name exactly one of url, client, cluster and sentinel.')
  const { prefix, timeout, replicas, waitTimeout, maxPending, logger, clock } = { ...DEFAULTS, ...definedIn(options) }
  if (typeof prefix !== 'string' || !/^[!-z|~]{0,64}$/.test(prefix)) {
    refuse('prefix', 'it must be up to 64 printable ASCII characters without spaces and braces.')
  }
  // Longer than a timer can be set.
  if (!isWhole(timeout, 1) || timeout > 2 ** 31 - 1) refuse('timeout', 'it must be a whole number of milliseconds, 1 or more.')
  if (!isWhole(waitTimeout, 1)) refuse('waitTimeout', 'it must be a whole number of milliseconds, 1 or more.')
  if (!isWhole(replicas, 0)) refuse('replicas', 'it must be a whole number, 0 or more.')
  if (!isWhole(maxPending, 1)) refuse('maxPending', 'it must be a whole number, 1 or more.')
  return { prefix, timeout, replicas, waitTimeout, maxPending, logger, clock }
}

/** Without the fields that are there but undefined, which would hide a default. */
const definedIn = (options: RedisStoreSettings): RedisStoreSettings =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
