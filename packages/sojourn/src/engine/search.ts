import { readIdentifier } from '../input/identifier.js'
import { refuse, refuseUnknown } from '../input/refuse.js'
import { RING_ROW_ID } from '../keyring/ring-home.js'
import type { SessionPage, SessionQuery } from '../manager.js'
import type { Session } from '../session.js'
import { isScannable, type Row, type ScannableStore } from '../store/store.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { openRow, ownerKey } from './row.js'
import { endedView, viewOf } from './view.js'

const MAX_LIMIT = 500
const DEFAULT_LIMIT = 50
/** Pages of the store that one call reads before it hands back what it has: a rare match must not stop the process. */
const MAX_PAGES = 10
const STORE_PAGE = 500
/** The last instant that a Date can show. */
const END_OF_TIME = 8.64e15
const CURSOR = /^[\x21-\x7e]{1,256}$/

interface Wanted {
  readonly userId?: string
  readonly tenant?: string
  readonly role?: string
  readonly status: 'active' | 'ended' | 'all'
  readonly limit: number
  readonly after?: string
}

function readQuery(query: SessionQuery): Wanted {
  refuseUnknown('query', query as Readonly<Record<string, unknown>>, ['userId', 'tenant', 'role', 'status', 'limit', 'after'])
  const { userId, tenant, role, status = 'active', limit = DEFAULT_LIMIT, after } = query
  if (status !== 'active' && status !== 'ended' && status !== 'all')
    refuse('query.status', status, 'it must be "active", "ended" or "all".')
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    refuse('query.limit', limit, `it must be a whole number from 1 to ${MAX_LIMIT}.`)
  if (after !== undefined && (typeof after !== 'string' || !CURSOR.test(after)))
    refuse('query.after', after, 'it must be the `next` of the page before.')
  return {
    ...(userId === undefined ? {} : { userId: readIdentifier('query.userId', userId) }),
    ...(tenant === undefined ? {} : { tenant: readIdentifier('query.tenant', tenant) }),
    ...(role === undefined ? {} : { role: readIdentifier('query.role', role) }),
    status,
    limit,
    ...(after === undefined ? {} : { after }),
  }
}

async function viewIfWanted(engine: Engine, row: Row, wanted: Wanted): Promise<Session[]> {
  if (row.id === RING_ROW_ID) return []
  const record = await openRow(engine, row)
  if (typeof record === 'string' || (record.kind !== 'session' && record.kind !== 'ended')) return []
  const session =
    record.kind === 'ended'
      ? endedView(row.id, record)
      : viewOf(engine.settings, row.id, engine.activity.merge(row.id, record), engine.clock.now())
  const matches =
    (wanted.status === 'all' || session.status === wanted.status) &&
    (wanted.userId === undefined || session.userId === wanted.userId) &&
    (wanted.tenant === undefined || session.tenant === wanted.tenant) &&
    (wanted.role === undefined || session.roles.includes(wanted.role))
  return matches ? [session] : []
}

async function walk(engine: Engine, store: ScannableStore, wanted: Wanted): Promise<SessionPage> {
  const from = wanted.status === 'active' ? engine.clock.now() : 0
  const sessions: Session[] = []
  let after = wanted.after
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    // A page of the store holds at most as many rows as there is room for, so that the cursor never skips a match.
    const limit = Math.min(STORE_PAGE, wanted.limit - sessions.length)
    const range = { from, to: END_OF_TIME, limit, ...(after === undefined ? {} : { after }) }
    const page = await ask(engine, () => store.scan(range))
    for (const row of page.rows) sessions.push(...(await viewIfWanted(engine, row, wanted)))
    after = page.next
    if (after === undefined || sessions.length >= wanted.limit) break
  }
  return { sessions, ...(after === undefined ? {} : { next: after }) }
}

/** Walks over the sessions of all users, or over those of one. */
export async function search(engine: Engine, query: SessionQuery = {}): Promise<SessionPage> {
  const wanted = readQuery(query)
  if (wanted.userId !== undefined && wanted.status === 'active' && wanted.after === undefined) {
    const owner = ownerKey(engine.keys, wanted.userId)
    const rows = await ask(engine, (store) => store.list(owner))
    const sessions = (await Promise.all(rows.map((row) => viewIfWanted(engine, row, wanted)))).flat()
    // A user has so few sessions that they all fit one page, unless a smaller one was asked for.
    if (sessions.length <= wanted.limit) return { sessions }
  }
  const { store } = engine
  if (!isScannable(store)) return refuse('query', query, 'this store cannot be searched; ask for the sessions of one user.')
  return await walk(engine, store, wanted)
}
