import type { NodeInfo } from './coherence/nodes.js'
import type { KeyInfo } from './crypto/ring.js'
import type { SessionEvent } from './events/event.js'
import type { Session, Sessions } from './sessions.js'

/** Which sessions to walk over. All given conditions must hold. */
export interface SessionQuery {
  readonly userId?: string
  readonly tenant?: string
  readonly role?: string
  /** @default 'active' */
  readonly status?: 'active' | 'ended' | 'all'
  /** 1 to 500. @default 50 */
  readonly limit?: number
  /** The `next` of the page before. */
  readonly after?: string
}

export interface SessionPage {
  readonly sessions: readonly Session[]
  /** Absent on the last page. A page may hold fewer sessions than `limit` and still have a next one. */
  readonly next?: string
}

export interface Swept {
  /** Sessions that this sweep found expired and took out; each one was reported once, by one node. */
  readonly expired: number
  /** Records of ended sessions whose time was over. */
  readonly forgotten: number
}

export interface Resealed {
  /** Records looked at. */
  readonly seen: number
  /** Records that were sealed again under the active key. */
  readonly resealed: number
}

/** What runs in this process: the nine functions, and what operating them takes. */
export interface SessionManager extends Sessions {
  /** The session with this public id, in whatever state, or undefined. */
  getSession(id: string): Promise<Session | undefined>
  /** Walks over the sessions of all users. Throws `INVALID_ARGUMENT` where the store cannot be walked (Memcached). */
  searchSessions(query?: SessionQuery): Promise<SessionPage>
  /** Takes out what has expired, now, and not only at the configured interval. */
  sweep(): Promise<Swept>
  /** The keys of the ring and their states; never the keys themselves. */
  listKeys(): readonly KeyInfo[]
  /** Adds new keys to the ring. They become active within seconds (data) or two minutes (tokens); nobody is logged out. */
  rotateKeys(): Promise<readonly KeyInfo[]>
  /** Seals every record under the active key again, and destroys keys that nothing is sealed under any more. */
  resealRecords(onProgress?: (so: Resealed) => void): Promise<Resealed>
  /** Writes out pending activity. */
  flush(): Promise<void>
  /** Asks the store a question. Throws `STORE_UNAVAILABLE` if it does not answer. */
  ping(): Promise<void>
  /** Calls `listener` for everything that happens in this process. A listener that throws is logged and disturbs nothing. */
  on(listener: (event: SessionEvent) => void): () => void
  /** The state of all counters and histograms in Prometheus text format 0.0.4. */
  metricsText(): string
  /** The nodes that share the store, as this one hears of them; none where nothing has to be heard. */
  nodes(): readonly NodeInfo[]
  /** `degraded` while this node cannot tell whether it has heard of every change; it then refuses with `STORE_UNAVAILABLE`. */
  mode(): 'healthy' | 'degraded'
  /** The pseudonym under which events and audit records speak of this user. */
  pseudonym(userId: string): string
}
