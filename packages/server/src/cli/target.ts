import type { Ended, EndedAll, EndingProgress, KeyInfo, Level, Resealed, SessionQuery } from 'sojourn'
import type { RecordPage, SessionRecord } from './session-record.js'

/** A key of the ring, with its instant as text. */
export interface KeyRecord extends Omit<KeyInfo, 'since'> {
  readonly since: string
}

export type ManySessions = { readonly tenant: string } | { readonly all: true }

export interface EndedMany {
  readonly terminated: number
  /** Undefined while the service is still ending them. */
  readonly level: Level | undefined
}

/** Where sessions are looked up and ended: a running service or the store itself. */
export interface Target {
  /** For sentences: `the service at http://127.0.0.1:7700`. */
  readonly name: string
  search(query: SessionQuery): Promise<RecordPage>
  /** Those of the sessions with these ids that there are, in whatever state. */
  find(ids: readonly string[]): Promise<SessionRecord[]>
  end(id: string, reason: string): Promise<Ended>
  /** Ends all sessions of a user, and logins that are under way. */
  endAll(userId: string, reason: string): Promise<EndedAll>
  /** Ends all sessions of a tenant or of everybody. */
  endMany(what: ManySessions, reason: string, onProgress: (so: EndingProgress) => void): Promise<EndedMany>
  keys(): Promise<readonly KeyRecord[]>
  rotateKeys(): Promise<readonly KeyRecord[]>
  /** The same, and seals all records again as soon as the new key is active. Resolves when that is done. */
  rotateAndReseal(onProgress: (so: Resealed) => void): Promise<Rotated>
  /** Refuses everything that a signing key has signed. */
  killKey(kid: string): Promise<Ended>
  close(): Promise<void>
}

export interface Rotated {
  readonly keys: readonly KeyRecord[]
  /** Undefined if it goes on in the background and nobody can be asked how far it is. */
  readonly resealed: Resealed | undefined
}
