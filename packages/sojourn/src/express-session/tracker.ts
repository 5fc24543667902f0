import type { Callback } from './answered.js'
import { notes } from './notes.js'
import type { Session } from './session.js'

/** What the middleware wants to know of, and does, when the application uses a verb of a session. */
export interface Tracker {
  save(session: Session, done: Callback): void
  inflate(data: object): void
  ending(id: string): void
}

const trackers = notes<Tracker>('sojourn visit')

/** Makes the middleware hear of the verbs that are used on this session. */
export function track(session: Session, tracker: Tracker): void {
  trackers.set(session, tracker)
}

/** Undefined for sessions that were loaded for no request, by `store.load`. */
export function trackerOf(session: Session): Tracker | undefined {
  return trackers.get(session)
}
