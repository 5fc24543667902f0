import type { Callback } from './answered.js'
import type { Session } from './session.js'
import type { SessionRequest } from './types.js'

/** What the middleware wants to know of, and does, when the application uses a verb of `req.session`. */
export interface Tracker {
  readonly save: (session: Session, done: Callback) => void
  readonly inflate: (data: object) => void
  readonly ending: (id: string) => void
}

// Not a property of the request: applications print requests, and other middleware copies them.
const trackers = new WeakMap<object, Tracker>()

/** Makes the middleware hear of the verbs that are used on sessions of this request. */
export function track(request: SessionRequest, tracker: Tracker): void {
  trackers.set(request, tracker)
}

/** Undefined for sessions that were loaded for no request, by `store.load`. */
export function trackerOf(request: SessionRequest): Tracker | undefined {
  return trackers.get(request)
}
