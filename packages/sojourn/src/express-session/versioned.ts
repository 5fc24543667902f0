import type { StoredSession } from './callback-store.js'
import type { SessionRequest, Store } from './types.js'

/** A store that compares what it replaces, and can be told who asks. */
export interface VersionedStore extends Store {
  /** `request` is who asks, if somebody does; then the answer may come before this returns. */
  get(id: string, callback: (error: unknown, session?: StoredSession | null | undefined) => void, request?: SessionRequest): void
  /** What was known of one object holds for another, which was made of it. */
  sameAs(made: object, of: object): void
  /** What a session object was when it was loaded: to be looked at, and never changed. Undefined for one that was not loaded here. */
  loadedAs(session: object): object | undefined
  /** Stops the sweeping and closes the store. */
  close(): Promise<void>
}

const requests = new WeakMap<object, SessionRequest>()

/** Tells whose session an object is that has no `req`. */
export function noteRequest(session: object, request: SessionRequest): void {
  requests.set(session, request)
}

/** The request of a session object; undefined for data that an application put together. */
export function requestOf(session: object): SessionRequest | undefined {
  return requests.get(session) ?? ('req' in session ? (session.req as SessionRequest) : undefined)
}

const stores = new WeakSet<object>()

/** Declares that a store does by itself what others are helped with. */
export function declareVersioned(store: VersionedStore): void {
  stores.add(store)
}

/** Whether a store is one of ours. */
export function isVersioned(store: object): store is VersionedStore {
  return stores.has(store)
}
