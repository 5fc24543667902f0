import type { Millis } from '../clock.js'
import type { SessionContext } from '../session.js'
import { checkUser } from './check-user.js'
import { type Ends, expiresIn } from './ends.js'
import { isSameButEnd, isSameCookie, merge, type Parts, partsOf, plainOf, sessionOf } from './merge.js'
import type { Found, SessionRecord } from './records.js'
import { saveSession } from './save-session.js'
import { conflict, endRecord, MOST_TRIES, type VaultParts } from './vault-parts.js'

export interface VaultOptions extends Omit<VaultParts, 'write'> {
  readonly ends: Ends
}

/** The verbs of a store of express-session, on versioned records. */
export interface Vault {
  /** A living session, if memory can answer for it at this instant and nobody else has to be asked about it. */
  recall(id: string): Record<string, unknown> | undefined
  load(id: string, context: SessionContext): Promise<Record<string, unknown> | undefined>
  /** `mine` is what `session` was when this was called. */
  save(id: string, session: object, mine: Parts, context: SessionContext): Promise<void>
  /** Whether there is nothing to write for a session that was loaded and touched: its end has moved less than is worth it. */
  isTouched(id: string, session: object): boolean
  /** The same for one that is saved as `mine`: nothing but its end was changed. */
  isSaved(id: string, session: object, mine: Parts): boolean
  touch(id: string, session: object, mine: Parts): Promise<void>
  /** With `isNoneToo`, an id of which nothing is known is remembered as ended, too. */
  end(id: string, isNoneToo?: boolean): Promise<void>
  /** Whether this id has a session, or had one that was ended. */
  isKnown(id: string): Promise<boolean>
  /** Takes a session in that another store had; false if this one knows the id already. */
  adopt(id: string, stored: object): Promise<boolean>
}

/** The cookie of a session object, as its JSON would be told. */
function cookieOf(session: object): Readonly<Record<string, unknown>> | undefined {
  const cookie = 'cookie' in session ? session.cookie : undefined
  if (typeof cookie !== 'object' || cookie === null) return undefined
  return ('toJSON' in cookie && typeof cookie.toJSON === 'function' ? cookie.toJSON() : cookie) as Readonly<Record<string, unknown>>
}

/** Whether a record differs from what was found in a later end alone. */
const isOnlyMoved = (found: Found, { parts, binding }: SessionRecord, end: Millis): boolean =>
  found.kind === 'live' && end >= found.expiresAt && found.record.binding === binding && isSameButEnd(found.record.parts, parts)

export function vault(options: VaultOptions): Vault {
  const { bases, records, clock, users, ends } = options
  const write = (id: string, found: Found, record: SessionRecord): Promise<Found | undefined> => {
    const end = ends.of(record)
    // A node that does not hear that an end was moved looks again when the old one has come.
    return records.write(id, found, record, end, isOnlyMoved(found, record, end) ? 'quiet' : undefined)
  }
  const shared: VaultParts = { bases, records, clock, users, write }

  const handOut = (id: string, found: Extract<Found, { readonly kind: 'live' }>): Record<string, unknown> => {
    const { parts } = found.record
    const session = sessionOf(parts)
    bases.set(session, { id, parts, found })
    return session
  }
  return Object.freeze<Vault>({
    recall(id) {
      const found = users === undefined ? records.peek(id) : undefined
      return found?.kind === 'live' ? handOut(id, found) : undefined
    },
    async load(id, context) {
      const read = records.peek(id) ?? (await records.read(id))
      const found = read.kind === 'live' ? await checkUser(shared, id, read, context) : undefined
      return found?.kind === 'live' ? handOut(id, found) : undefined
    },
    save: (id, session, mine, context) => saveSession(shared, id, session, mine, context),
    isTouched(id, session) {
      const base = bases.get(session)
      if (base?.id !== id || base.found.kind !== 'live') return false
      const cookie = cookieOf(session)
      if (cookie === undefined || !isSameCookie(cookie, plainOf(base.parts)['cookie'])) return false
      return !ends.isDue(base.found, ends.at(cookie['expires'], base.found.record.createdAt))
    },
    isSaved(id, session, mine) {
      const base = bases.get(session)
      if (base?.id !== id || base.found.kind !== 'live' || !isSameButEnd(mine, base.parts)) return false
      if (users !== undefined && users.userOf(sessionOf(mine)) !== base.found.record.binding?.user) return false
      const { record } = base.found
      return !ends.isDue(base.found, ends.at(expiresIn({ ...record, parts: mine }), record.createdAt))
    },
    touch: (id, session, mine) => touchSession(shared, ends, id, session, mine),
    async end(id, isNoneToo) {
      const binding = await endRecord(records, id, isNoneToo)
      if (binding !== undefined) await users?.end(binding)
    },
    async adopt(id, stored) {
      const found = await records.read(id)
      if (found.kind !== 'none') return false
      const parts = partsOf(stored)
      const cookie = (plainOf(parts)['cookie'] ?? {}) as { readonly expires?: string | null; readonly originalMaxAge?: number | null }
      const { originalMaxAge } = cookie
      // Stores move the end without writing the record, so what the record says is out of date.
      const expires = typeof originalMaxAge === 'number' ? new Date(clock.now() + originalMaxAge).toISOString() : (cookie.expires ?? null)
      const renewed = { ...parts, cookie: JSON.stringify({ ...cookie, expires }) }
      return (await write(id, found, { parts: renewed, createdAt: clock.now() })) !== undefined
    },
    isKnown: async (id) => (await records.read(id)).kind !== 'none',
  })
}

/** Moves the end of a session, and writes what else its cookie says now. */
async function touchSession(shared: VaultParts, ends: Ends, id: string, session: object, { cookie }: Parts): Promise<void> {
  const { bases, records, write } = shared
  const base = bases.get(session)
  const known = base?.id === id ? base : undefined
  let found = known?.found ?? (await records.read(id))
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (found.kind !== 'live') return
    const { parts } = found.record
    const before = known?.parts ?? parts
    const touched = merge(before, { ...before, ...(cookie === undefined ? {} : { cookie }) }, parts)
    const record = { ...found.record, parts: touched }
    // Another request has moved the end as far, or nearly.
    if (tries > 0 && isSameButEnd(touched, parts) && !ends.isDue(found, ends.of(record))) return
    const written = await write(id, found, record)
    if (written !== undefined) {
      if (known !== undefined) bases.set(session, { ...known, found: written })
      return
    }
    found = await records.reread(id)
  }
  throw conflict()
}
