import type { Clock } from '../clock.js'
import { SessionError } from '../errors.js'
import type { Parts } from './merge.js'
import type { Notes } from './notes.js'
import type { Binding, Found, Records, SessionRecord } from './records.js'
import type { UserSessions } from './user-sessions.js'

/** What a session object was when it was loaded or last saved. */
export interface Base {
  readonly id: string
  readonly parts: Parts
  readonly found: Found
}

/** A session that has not ended. */
export type Live = Extract<Found, { readonly kind: 'live' }>

/** What the verbs of a vault share. */
export interface VaultParts {
  /** By the objects that applications hold. */
  readonly bases: Notes<Base>
  readonly records: Records
  readonly clock: Clock
  readonly users?: UserSessions | undefined
  /** Writes a record in the place of what was found, with the end that its cookie and the limits give it. */
  write(id: string, found: Found, record: SessionRecord): Promise<Found | undefined>
}

/** Each try that fails means that another request has got through, so as many as may be under way on one session. */
export const MOST_TRIES = 100

/** The error of a session that never stands still. */
export const conflict = (): SessionError =>
  new SessionError('CONFLICT', 'Too many requests change this session at once. Send fewer in parallel, or try again.')

/** Marks a session as ended, and answers the session of the manager that goes with it. With `isNoneToo`, also one of which nothing is known. */
export async function endRecord(records: Records, id: string, isNoneToo = false): Promise<Binding | undefined> {
  let found = await records.read(id)
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (found.kind === 'none' && !isNoneToo) return undefined
    if (found.kind === 'ended') {
      // Whoever ended it may not have been answered yet, and others may show it until then.
      await records.confirm(id, found)
      return undefined
    }
    if (await records.end(id, found)) return found.kind === 'live' ? found.record.binding : undefined
    found = await records.reread(id)
  }
  throw conflict()
}
