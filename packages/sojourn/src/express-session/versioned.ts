import type { SessionRequest, Store, StoredSession } from './types.js'

/** A store that compares what it replaces, and can be told who asks. */
export interface VersionedStore extends Store {
  /** `request` is who asks, if somebody does. */
  get(id: string, callback: (error: unknown, session?: StoredSession | null | undefined) => void, request?: SessionRequest): void
  /** Stops the sweeping and closes the store. */
  close(): Promise<void>
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
