import type { Ended, EndedAll, SessionQuery } from 'sojourn'
import type { RecordPage, SessionRecord } from './session-record.js'

/** Where sessions are looked up and ended: a running service or the embedded store. */
export interface Target {
  /** For sentences: `the service at http://127.0.0.1:7700`. */
  readonly name: string
  search(query: SessionQuery): Promise<RecordPage>
  /** Those of the sessions with these ids that there are, in whatever state. */
  find(ids: readonly string[]): Promise<SessionRecord[]>
  end(id: string, reason: string): Promise<Ended>
  /** Ends all sessions of a user, and logins that are under way. */
  endAll(userId: string, reason: string): Promise<EndedAll>
  close(): Promise<void>
}
