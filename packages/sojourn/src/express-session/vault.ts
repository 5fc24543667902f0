import type { Millis } from '../clock.js'
import type { SessionContext } from '../session.js'
import { checkUser } from './check-user.js'
import { merge, type Parts, partsOf, sessionOf } from './merge.js'
import type { Found, SessionRecord } from './records.js'
import { saveSession } from './save-session.js'
import { conflict, endRecord, MOST_TRIES, type VaultParts } from './vault-parts.js'

export interface VaultOptions extends Omit<VaultParts, 'write'> {
  /** Of a session whose cookie does not say when it ends, and the most that one is given. */
  readonly idle: { readonly usual: Millis; readonly most: Millis }
  readonly absolute: Millis
}

/** The verbs of a store of express-session, on versioned records. */
export interface Vault {
  load(id: string, context: SessionContext): Promise<Record<string, unknown> | undefined>
  /** `mine` is what `session` was when this was called. */
  save(id: string, session: object, mine: Parts, context: SessionContext): Promise<void>
  touch(id: string, session: object, mine: Parts): Promise<void>
  /** With `isNoneToo`, an id of which nothing is known is remembered as ended, too. */
  end(id: string, isNoneToo?: boolean): Promise<void>
  /** Whether this id has a session, or had one that was ended. */
  isKnown(id: string): Promise<boolean>
  /** Takes a session in that another store had; false if this one knows the id already. */
  adopt(id: string, stored: object): Promise<boolean>
}

interface StoredCookie {
  readonly expires?: string | null
  readonly originalMaxAge?: number | null
  readonly [key: string]: unknown
}
const cookieIn = (parts: Parts): StoredCookie => JSON.parse(parts['cookie'] ?? '{}') ?? {}

export function vault({ bases, records, clock, users, idle, absolute }: VaultOptions): Vault {
  function endOf({ parts, createdAt }: SessionRecord): Millis {
    const { expires } = cookieIn(parts)
    const now = clock.now()
    const said = expires ? Date.parse(expires) : now + idle.usual
    return Math.min(Number.isNaN(said) ? now : said, now + idle.most, createdAt + absolute)
  }
  const write = (id: string, found: Found, record: SessionRecord): Promise<Found | undefined> =>
    records.write(id, found, record, endOf(record))

  const shared: VaultParts = { bases, records, clock, users, write }

  return Object.freeze<Vault>({
    save: (id, session, mine, context) => saveSession(shared, id, session, mine, context),
    async load(id, context) {
      const read = await records.read(id)
      const found = read.kind === 'live' ? await checkUser(shared, id, read, context) : undefined
      if (found?.kind !== 'live') return undefined
      const session = sessionOf(found.record.parts)
      bases.set(session, { id, parts: found.record.parts, found })
      return session
    },
    async touch(id, session, { cookie }) {
      const base = bases.get(session)
      const known = base?.id === id ? base : undefined
      let found = known?.found ?? (await records.read(id))
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        if (found.kind !== 'live') return
        const { parts } = found.record
        const before = known?.parts ?? parts
        const touched = merge(before, { ...before, ...(cookie === undefined ? {} : { cookie }) }, parts)
        const record = { ...found.record, parts: touched }
        // Another request has moved the end as far.
        if (tries > 0 && found.expiresAt >= endOf(record)) return
        const written = await write(id, found, record)
        if (written !== undefined) {
          if (known !== undefined) bases.set(session, { ...known, found: written })
          return
        }
        found = await records.read(id)
      }
      throw conflict()
    },
    async end(id, isNoneToo) {
      const binding = await endRecord(records, id, isNoneToo)
      if (binding !== undefined) await users?.end(binding)
    },
    async adopt(id, stored) {
      const found = await records.read(id)
      if (found.kind !== 'none') return false
      const parts = partsOf(stored)
      const cookie = cookieIn(parts)
      const { originalMaxAge } = cookie
      // Stores move the end without writing the record, so what the record says is out of date.
      const expires = typeof originalMaxAge === 'number' ? new Date(clock.now() + originalMaxAge).toISOString() : (cookie.expires ?? null)
      const renewed = { ...parts, cookie: JSON.stringify({ ...cookie, expires }) }
      return (await write(id, found, { parts: renewed, createdAt: clock.now() })) !== undefined
    },
    isKnown: async (id) => (await records.read(id)).kind !== 'none',
  })
}
