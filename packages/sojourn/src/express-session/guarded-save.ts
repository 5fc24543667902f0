import type { Callback } from './answered.js'
import { hasEnded } from './endings.js'
import { merge, type Parts, partsOf, sessionOf } from './merge.js'
import type { Session } from './session.js'
import { createSession, sessionFrom } from './store-base.js'
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

/** What is to be stored of `session` when `theirs` is in the store. */
function mergedWith(session: Session, before: Parts, mine: Parts, theirs: Parts): Session {
  const merged = merge(before, mine, theirs)
  const isSame =
    Object.keys(merged).length === Object.keys(mine).length && Object.entries(mine).every(([key, text]) => merged[key] === text)
  return isSame ? session : sessionFrom(session.req, sessionOf(merged))
}

function write(store: Store, session: Session, what: Session, mine: Parts, done: Callback): void {
  store.set(session.id, what, (error) => {
    if (!isError(error)) loaded.set(session, mine)
    // Ended in this process while it was being written.
    if (hasEnded(store, session.id)) store.destroy(session.id, () => done(error))
    else done(error)
  })
}

/**
 * Saves a session. A store that knows no versions is asked first what it has: a session that is gone stays gone, and keys
 * that others have changed are kept. What another process does between question and answer is lost there; Sojourn's own
 * stores leave no such gap.
 */
export function guardedSave(store: Store, session: Session, done: Callback): void {
  if (isVersioned(store)) {
    store.set(session.id, session, done)
    return
  }
  if (hasEnded(store, session.id)) {
    done()
    return
  }
  const before = loaded.get(session)
  const mine = partsOf(session)
  if (before === undefined) {
    write(store, session, session, mine, done)
    return
  }
  store.get(session.id, (error, stored) => {
    if (isError(error) && !isAbsence(error)) done(error)
    else if (isError(error) || !stored || hasEnded(store, session.id)) done()
    else write(store, session, mergedWith(session, before, mine, partsOf(stored)), mine, done)
  })
}
