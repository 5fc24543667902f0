import type { Callback } from './answered.js'

/** A session as a store hands it out: data, with the cookie as it was stored. */
export interface StoredSession {
  cookie?: unknown
  [key: string]: unknown
}

/** What is asked of any store of express-session. */
export interface CallbackStore {
  get(id: string, callback: (error: unknown, session?: StoredSession | null | undefined) => void): unknown
  set(id: string, session: object, callback?: Callback): unknown
  destroy(id: string, callback?: Callback): unknown
  touch?(id: string, session: object, callback?: Callback): unknown
}
