import { type CancelTimer, type Millis, systemClock } from '../clock.js'
import type { Duration } from '../config.js'
import { systemRandom } from '../crypto/random.js'
import { MAX_DURATION, parseDuration } from '../duration.js'
import { SessionError } from '../errors.js'
import { silentLogger } from '../events/log.js'
import { openStore } from '../open-store.js'
import type { SessionContext } from '../session.js'
import type { Store as RowStore } from '../store/store.js'
import { type Callback, handOn } from './answered.js'
import type { StoredSession } from './callback-store.js'
import { partsOf } from './merge.js'
import { type Records, recordsIn, sweepRecords } from './records.js'
import { contextOf } from './request-facts.js'
import { BaseStore, createSession } from './store-base.js'
import type { SojournStoreOptions } from './store-options.js'
import { takeOver } from './take-over.js'
import { passportUser, userSessions } from './user-sessions.js'
import { type Vault, vault } from './vault.js'
import type { Base } from './vault-parts.js'
import { declareVersioned, requestOf, type VersionedStore } from './versioned.js'

/** A store of express-session, ours or the original, on a store of Sojourn. */
export interface SojournStore extends VersionedStore {
  /** Takes out what has expired, now. */
  sweep(): Promise<void>
}

/** What connect-redis gives such sessions. */
const USUAL_IDLE: Millis = 86_400_000
const CLEANUP_INTERVAL: Millis = 900_000

function lengthOf(name: string, value: Duration | undefined, usual: Millis, least: Millis): Millis {
  const length = value === undefined ? usual : parseDuration(value)
  if (length !== undefined && length >= least) return length
  throw new SessionError('CONFIG_INVALID', `${name}: allowed are lengths of time such as '30m', or milliseconds.`, { path: name })
}

interface Opened {
  readonly store: RowStore
  readonly records: Records
  readonly vault: Vault
}

/** Opens the store when it is first needed: a middleware is made at once, and a store takes a while. */
function opener(options: SojournStoreOptions, bases: WeakMap<object, Base>): { open(): Promise<Opened>; close(): Promise<void> } {
  const { storage, sessions, userOf = passportUser, clock = systemClock, logger = silentLogger } = options
  const idleMost = lengthOf('idleTimeout', options.idleTimeout, MAX_DURATION, 1)
  const absolute = lengthOf('absoluteTimeout', options.absoluteTimeout, MAX_DURATION, 1)
  const every = lengthOf('cleanupInterval', options.cleanupInterval, CLEANUP_INTERVAL, 0)
  const users = sessions === undefined ? undefined : userSessions(sessions, userOf)
  let opened: Promise<Opened> | undefined
  let timer: CancelTimer | undefined
  let isClosed = false

  function schedule(store: RowStore): void {
    if (every === 0 || isClosed) return
    timer = clock.after(every, () => {
      sweepRecords(store, clock).then(
        () => schedule(store),
        (error: unknown) => {
          logger.warn({ error: String(error) }, 'expired sessions could not be taken out; trying again at the next interval')
          schedule(store)
        },
      )
    })
  }
  async function begin(): Promise<Opened> {
    const given = await storage
    const store = await openStore(given)
    schedule(store)
    const records = recordsIn(store, clock, systemRandom())
    const idle = { usual: Math.min(USUAL_IDLE, idleMost), most: idleMost }
    return { store, records, vault: vault({ bases, records, clock, users, idle, absolute }) }
  }
  return {
    open() {
      const opening = opened ?? begin()
      opened = opening
      // What could not be opened is tried again by the next request.
      opening.then(undefined, () => {
        if (opened === opening) opened = undefined
      })
      return opening
    },
    async close() {
      isClosed = true
      timer?.()
      await (await opened)?.store.close()
    },
  }
}

/**
 * A store for express-session, in the place of connect-redis and its like: `session({ store: sojournStore({ storage }) })`,
 * with `sojourn/express-session` or with the original.
 *
 * A session that was destroyed stays destroyed, whichever request saves it later. Requests that run at the same time keep
 * each other's keys; of two that change the same key, the later one wins. The store learns neither the ids nor what is in
 * the sessions: both are sealed with the id, which only the browser has. So there is no `all`; `getActiveSessions` of
 * `sessions` lists the sessions of a user. `length` and `clear` answer an error where the storage cannot be walked over
 * (Memcached).
 *
 * Throws `CONFIG_INVALID` for lengths of time that cannot be meant. What cannot be opened is told to the first request.
 */
export function sojournStore(options: SojournStoreOptions = {}): SojournStore {
  const bases = new WeakMap<object, Base>()
  const { open, close } = opener(options, bases)
  const clock = options.clock ?? systemClock
  const old = options.takeOver === undefined ? undefined : takeOver(options.takeOver, clock, options.logger ?? silentLogger)
  const use = <Value>(work: (vault: Vault) => Promise<Value>): Promise<Value> => open().then((opened) => work(opened.vault))
  const load = (id: string, context: SessionContext): Promise<StoredSession | undefined> =>
    use(async (current) => {
      const session = await current.load(id, context)
      if (session !== undefined || old === undefined) return session
      await old.into(current, id)
      // Another request may have been faster.
      return await current.load(id, context)
    })

  const store: SojournStore = Object.assign(new BaseStore(), {
    get: (id, callback, request) => handOn<StoredSession | undefined>(load(id, contextOf(request)), callback),
    set(id, session, callback) {
      // What it is at this moment: the application goes on with it.
      const mine = partsOf(session)
      handOn(
        use((current) => current.save(id, session, mine, contextOf(requestOf(session)))),
        callback,
      )
    },
    touch(id, session, callback) {
      const mine = partsOf(session)
      handOn(
        use((current) => current.touch(id, session, mine)),
        callback,
      )
    },
    destroy: (id, callback) =>
      handOn(
        use((current) => (old === undefined ? current.end(id) : old.end(current, id))),
        callback,
      ),
    length: (callback) =>
      handOn(
        open().then(({ records }) => records.count()),
        callback,
      ),
    clear: (callback?: Callback) =>
      handOn(
        open().then(({ records }) => records.endAll()),
        callback,
      ),
    createSession(request, stored) {
      const session = createSession(request, stored)
      store.sameAs(session, stored)
      return session
    },
    sameAs(made, of) {
      const base = bases.get(of)
      if (base !== undefined) bases.set(made, base)
    },
    sweep: () => open().then(({ store: rows }) => sweepRecords(rows, clock)),
    close,
  } satisfies Partial<SojournStore>) as SojournStore
  declareVersioned(store)
  return store
}
