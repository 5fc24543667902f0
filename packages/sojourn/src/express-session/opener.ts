import { type Millis, systemClock } from '../clock.js'
import type { Duration } from '../config.js'
import { MAX_DURATION, parseDuration } from '../duration.js'
import { SessionError } from '../errors.js'
import { silentLogger } from '../events/log.js'
import { openStore } from '../open-store.js'
import type { Store } from '../store/store.js'
import { ends } from './ends.js'
import type { Notes } from './notes.js'
import { openRecords } from './open-records.js'
import { type Records, sweepRecords } from './records.js'
import type { SojournStoreOptions } from './store-options.js'
import { sweeping } from './sweeping.js'
import { passportUser, userSessions } from './user-sessions.js'
import { type Vault, vault } from './vault.js'
import type { Base } from './vault-parts.js'

/** What connect-redis gives such sessions. */
const USUAL_IDLE: Millis = 86_400_000
const CLEANUP_INTERVAL: Millis = 900_000

/** A store that is open. */
export interface Opened {
  readonly records: Records
  readonly vault: Vault
  sweep(): Promise<void>
  close(): Promise<void>
}

/** Opens a store when it is first needed: a middleware is made at once, and a store takes a while. */
export interface Opener {
  open(): Promise<Opened>
  /** What `open` resolves to, once it has. */
  opened(): Opened | undefined
  close(): Promise<void>
}

function lengthOf(name: string, value: Duration | undefined, usual: Millis, least: Millis): Millis {
  const length = value === undefined ? usual : parseDuration(value)
  if (length !== undefined && length >= least) return length
  throw new SessionError('CONFIG_INVALID', `${name}: allowed are lengths of time such as '30m', or milliseconds.`, { path: name })
}

function countOf(name: string, value: number | undefined, least: number): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= least))
    throw new SessionError('CONFIG_INVALID', `${name}: allowed are whole numbers, ${least} or more.`, { path: name })
}

export function opener(options: SojournStoreOptions, bases: Notes<Base>): Opener {
  const { storage, sessions, userOf = passportUser, clock = systemClock, logger = silentLogger, cache, touchInterval } = options
  const idleMost = lengthOf('idleTimeout', options.idleTimeout, MAX_DURATION, 1)
  const every = lengthOf('cleanupInterval', options.cleanupInterval, CLEANUP_INTERVAL, 0)
  const when = ends({
    clock,
    idle: { usual: Math.min(USUAL_IDLE, idleMost), most: idleMost },
    absolute: lengthOf('absoluteTimeout', options.absoluteTimeout, MAX_DURATION, 1),
    touchInterval: touchInterval === undefined ? undefined : lengthOf('touchInterval', touchInterval, 0, 0),
  })
  countOf('cache.maxSessions', cache?.maxSessions, 0)
  countOf('cache.maxBytes', cache?.maxBytes, 1)
  const users = sessions === undefined ? undefined : userSessions(sessions, userOf)
  let opening: Promise<Opened> | undefined
  let opened: Opened | undefined
  const sweeps = sweeping(clock, logger, every)

  async function begin(): Promise<Opened> {
    const given = await storage
    const store: Store = await openStore(given)
    const { near, records, close } = openRecords(store, { clock, logger, cache })
    const sweep = (): Promise<void> => sweepRecords(near, clock)
    sweeps.begin(sweep)
    opened = {
      records,
      vault: vault({ bases, records, clock, users, ends: when }),
      sweep,
      async close() {
        await close()
        await store.close()
      },
    }
    return opened
  }
  return Object.freeze<Opener>({
    open() {
      const current = opening ?? begin()
      opening = current
      // What could not be opened is tried again by the next request.
      current.then(undefined, () => {
        if (opening === current) opening = undefined
      })
      return current
    },
    opened: () => opened,
    async close() {
      sweeps.end()
      await (await opening)?.close()
    },
  })
}
