import type { Clock, Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import type { SessionContext } from '../sessions.js'
import { merge, type Parts, partsOf, sessionOf } from './merge.js'
import type { Binding, Found, Records, SessionRecord } from './records.js'
import type { UserSessions } from './user-sessions.js'
import { requestOf } from './versioned.js'

/** What a session object was when it was loaded or last saved. */
export interface Base {
  readonly id: string
  readonly parts: Parts
  readonly found: Found
}

type Live = Extract<Found, { readonly kind: 'live' }>

export interface VaultOptions {
  /** By the objects that applications hold. */
  readonly bases: WeakMap<object, Base>
  readonly records: Records
  readonly clock: Clock
  readonly users?: UserSessions | undefined
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

/** Each try that fails means that another request has got through, so as many as may be under way on one session. */
const MOST_TRIES = 100

const conflict = (): SessionError =>
  new SessionError('CONFLICT', 'Too many requests change this session at once. Send fewer in parallel, or try again.')

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

  async function endRecord(id: string, isNoneToo = false): Promise<Binding | undefined> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const found = await records.read(id)
      if (found.kind === 'ended' || (found.kind === 'none' && !isNoneToo)) return undefined
      if (await records.end(id, found)) return found.kind === 'live' ? found.record.binding : undefined
    }
    throw conflict()
  }

  /** Gives a session that was stored without one a session of the manager: it was taken over, or `sessions` is new here. */
  async function bound(id: string, found: Live, user: string, context: SessionContext): Promise<Found | undefined> {
    const issued = await users?.issue(user, context)
    const written = await write(id, found, { ...found.record, binding: issued })
    if (written !== undefined) return written
    if (issued !== undefined) await users?.end(issued)
    // Another request was faster.
    const now = await records.read(id)
    return now.kind === 'live' ? now : undefined
  }

  /** The session with its user's session found good; undefined if that one has ended. */
  async function checked(id: string, found: Live, context: SessionContext): Promise<Found | undefined> {
    const { binding, parts } = found.record
    if (users === undefined) return found
    if (binding === undefined) {
      const user = users.userOf(sessionOf(parts))
      return user === undefined ? found : await bound(id, found, user, context)
    }
    const verdict = await users.check(binding, context)
    if (verdict.kind === 'over') await endRecord(id)
    if (verdict.kind !== 'good') return undefined
    if (verdict.binding === binding) return found
    // If another request was faster, the next one gets the same new token: nobody has used it yet.
    return (await write(id, found, { ...found.record, binding: verdict.binding })) ?? found
  }

  async function save(id: string, session: object, mine: Parts, context: SessionContext): Promise<void> {
    const known = bases.get(session)
    const base = known?.id === id ? known : undefined
    const isNew = base === undefined && requestOf(session) !== undefined
    let issued: Binding | undefined
    let found = base?.found ?? (await records.read(id))
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      // What was loaded and is gone was ended by somebody; nothing that was ended is begun again, unless its id is given out again.
      if (base === undefined ? found.kind === 'ended' && !isNew : found.kind !== 'live') {
        if (issued !== undefined) await users?.end(issued)
        return
      }
      const stored = found.kind === 'live' ? found.record : undefined
      const parts = base === undefined || stored === undefined ? mine : merge(base.parts, mine, stored.parts)
      const user = users?.userOf(sessionOf(parts))
      if (users !== undefined && user !== undefined && user !== stored?.binding?.user && user !== issued?.user) {
        if (issued !== undefined) await users.end(issued)
        issued = await users.issue(user, context)
      }
      const kept = user !== undefined && stored?.binding?.user === user ? stored.binding : undefined
      const binding = user === undefined ? undefined : (kept ?? issued)
      const createdAt = stored === undefined || isNew ? clock.now() : stored.createdAt
      const written = await write(id, found, { parts, createdAt, ...(binding === undefined ? {} : { binding }) })
      if (written !== undefined) {
        bases.set(session, { id, parts: mine, found: written })
        for (const left of [stored?.binding, issued]) if (left !== undefined && left !== binding) await users?.end(left)
        return
      }
      found = await records.read(id)
    }
    throw conflict()
  }

  return Object.freeze<Vault>({
    save,
    async load(id, context) {
      const read = await records.read(id)
      const found = read.kind === 'live' ? await checked(id, read, context) : undefined
      if (found?.kind !== 'live') return undefined
      const session = sessionOf(found.record.parts)
      bases.set(session, { id, parts: found.record.parts, found })
      return session
    },
    async touch(id, session, { cookie }) {
      const known = bases.get(session)
      let found = known?.id === id ? known.found : await records.read(id)
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
      const binding = await endRecord(id, isNoneToo)
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
