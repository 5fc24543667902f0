import type { Millis } from './clock.js'
import type { OutageOptions } from './outage-options.js'
import { count, duration, fields, flag, refuse } from './settings/read.js'

/** What goes on while the store does not answer, resolved. The store for local sessions is opened by whoever opens stores. */
export interface OutageSettings {
  /** Undefined where no node measures. */
  readonly canaryEvery: Millis | undefined
  readonly outageGrace: Millis
  /** Undefined where nobody can log in meanwhile. */
  readonly local: { readonly lifetime: Millis; readonly most: number } | undefined
}

/** Longer than this, an end that this node cannot hear of would be no end. */
const LONGEST_GRACE: Millis = 5 * 60_000
const LONGEST_LOCAL: Millis = 15 * 60_000
const CANARY_EVERY: Millis = 60_000
/** More often says no more, and each is four questions to the store. */
const LEAST_CANARY: Millis = 1_000
const DEFAULT_MOST = 1_000
/** Each is brought over one after the other when the store is back: about a minute for so many. */
const MOST_LOCAL = 100_000

function atMost(path: string, value: unknown, millis: Millis, most: Millis): Millis {
  return millis <= most ? millis : refuse(path, value, `it must be at most ${most} ms.`)
}

/** Checks the options about outages. Throws `CONFIG_INVALID` with the path of the first that cannot be meant. */
export function resolveOutage({ outageGrace, localSessions, journal, canary }: OutageOptions): OutageSettings {
  if (journal !== undefined && (typeof journal !== 'string' || journal === '')) refuse('journal', journal, 'it must be the path of a file.')
  const local = fields('localSessions', localSessions, ['store', 'lifetime', 'maxSessions'])
  if (localSessions !== undefined && (typeof local['store'] !== 'object' || local['store'] === null))
    refuse('localSessions.store', local['store'], 'it must be a store, or a description of one.')
  const { lifetime } = local
  const watch = fields('canary', canary, ['enabled', 'interval'])
  const every = duration('canary.interval', watch['interval'], CANARY_EVERY, LEAST_CANARY)
  const grace = duration('outageGrace', outageGrace, 0, 0)
  return {
    canaryEvery: flag('canary.enabled', watch['enabled'], true) ? every : undefined,
    outageGrace: atMost('outageGrace', outageGrace, grace, LONGEST_GRACE),
    local:
      localSessions === undefined
        ? undefined
        : {
            lifetime: atMost(
              'localSessions.lifetime',
              lifetime,
              duration('localSessions.lifetime', lifetime, LONGEST_LOCAL),
              LONGEST_LOCAL,
            ),
            most: count('localSessions.maxSessions', local['maxSessions'], DEFAULT_MOST, 1, MOST_LOCAL),
          },
  }
}
