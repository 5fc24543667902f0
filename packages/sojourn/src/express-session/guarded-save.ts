import type { Callback } from './answered.js'
import type { CallbackStore } from './callback-store.js'
import { hasEnded } from './endings.js'
import { merge, type Parts, partsOf, sessionOf } from './merge.js'
import type { Session } from './session.js'
import { createSession } from './store-base.js'
import type { SessionRequest, Store } from './types.js'
import { isVersioned } from './versioned.js'

/** What a session was when it was loaded from a store that knows no versions, or saved there. */
const loaded = new WeakMap<object, Parts>()

const isAbsence = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'
const isError = (error: unknown): boolean => error !== undefined && error !== null

/** Makes `req.session` of what was stored. */
export function inflated(store: Store, request: SessionRequest, stored: object): Session {
  // A foreign store would make a session of the original library.
  if (isVersioned(store)) return store.createSession(request, stored)
  const before = partsOf(stored)
  const session = createSession(request, stored)
  loaded.set(session, before)
  return session
}

/** One session that is to be saved. */
export interface Saving {
  readonly store: CallbackStore
  readonly id: string
  readonly session: object
  /** What is given to the store in its place, when others have changed keys. */
  rebuilt(merged: Record<string, unknown>): object
}

/** What is to be stored when `theirs` is in the store. */
function mergedWith({ session, rebuilt }: Saving, before: Parts, mine: Parts, theirs: Parts): object {
  const merged = merge(before, mine, theirs)
  const isSame =
    Object.keys(merged).length === Object.keys(mine).length && Object.entries(mine).every(([key, text]) => merged[key] === text)
  return isSame ? session : rebuilt(sessionOf(merged))
}

function write({ store, id, session }: Saving, what: object, mine: Parts, done: Callback): void {
  store.set(id, what, (error) => {
    if (!isError(error)) loaded.set(session, mine)
    // Ended in this process while it was being written.
    if (hasEnded(store, id)) store.destroy(id, () => done(error))
    else done(error)
  })
}

/** Remembers what a session of a store that knows no versions was when it was loaded. */
export function noteLoaded(session: object, before: Parts): void {
  loaded.set(session, before)
}

/**
 * Saves a session. A store that knows no versions is asked first what it has: a session that is gone stays gone, and keys
 * that others have changed are kept. What another process does between question and answer is lost there; Sojourn's own
 * stores leave no such gap.
 */
export function guardedSave(saving: Saving, done: Callback): void {
  const { store, id, session } = saving
  if (isVersioned(store)) {
    store.set(id, session, done)
    return
  }
  if (hasEnded(store, id)) {
    done()
    return
  }
  const before = loaded.get(session)
  const mine = partsOf(session)
  if (before === undefined) {
    write(saving, session, mine, done)
    return
  }
  store.get(id, (error, stored) => {
    if (isError(error) && !isAbsence(error)) done(error)
    else if (isError(error) || !stored || hasEnded(store, id)) done()
    else write(saving, mergedWith(saving, before, mine, partsOf(stored)), mine, done)
  })
}
