import { type Callback, handOn } from './answered.js'
import type { StoredSession } from './callback-store.js'
import { partsOf, plainOf } from './merge.js'
import { notes } from './notes.js'
import { opener } from './opener.js'
import { promisedStore } from './promised-store.js'
import { contextOf } from './request-facts.js'
import { BaseStore, createSession } from './store-base.js'
import type { SojournStoreOptions } from './store-options.js'
import type { Base } from './vault-parts.js'
import { declareVersioned, type VersionedStore } from './versioned.js'

/** A store of express-session, ours or the original, on a store of Sojourn. */
export interface SojournStore extends VersionedStore {
  /** Takes out what has expired, now. */
  sweep(): Promise<void>
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
  const bases = notes<Base>('sojourn base')
  const { open, opened, close } = opener(options, bases)
  const promised = promisedStore(open, options)

  const store: SojournStore = Object.assign(new BaseStore(), {
    get(id, callback, request) {
      // Who says for whom it is asked takes an answer at once, too.
      const warm = request === undefined ? undefined : opened()?.vault.recall(id)
      if (warm === undefined) handOn<StoredSession | undefined>(promised.load(id, contextOf(request)), callback)
      else callback(null, warm)
    },
    set(id, session, callback) {
      // What it is at this moment: the application goes on with it.
      const mine = partsOf(session)
      const isWritten = opened()?.vault.isSaved(id, session, mine) === true
      handOn(isWritten ? Promise.resolve() : promised.save(id, session, mine), callback)
    },
    touch(id, session, callback) {
      if (opened()?.vault.isTouched(id, session) === true) callback?.()
      else handOn(promised.touch(id, session, partsOf(session)), callback)
    },
    destroy: (id, callback) => handOn(promised.end(id), callback),
    length: (callback) => handOn(promised.count(), callback),
    clear: (callback?: Callback) => handOn(promised.endAll(), callback),
    createSession(request, stored) {
      const session = createSession(request, stored)
      store.sameAs(session, stored)
      return session
    },
    sameAs(made, of) {
      const base = bases.get(of)
      if (base !== undefined) bases.set(made, base)
    },
    loadedAs(session) {
      const base = bases.get(session)
      return base === undefined ? undefined : plainOf(base.parts)
    },
    sweep: promised.sweep,
    close,
  } satisfies Partial<SojournStore>) as SojournStore
  declareVersioned(store)
  return store
}
