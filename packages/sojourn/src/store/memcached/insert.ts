import { SessionError } from '../../errors.js'
import type { Row } from '../store.js'
import { askAt, LONGEST_INSERTION, type MemcachedClient, rowKey } from './client.js'
import type { Deadline } from './deadline.js'
import { exptime } from './exptime.js'
import { find } from './find.js'
import { listRows } from './list.js'
import { metaDelete, metaSet } from './meta.js'
import { changeIndex, indexQuestion, type SeenIndex, seenIndex, withRow } from './owner-index.js'
import { indexSize } from './stored-index.js'
import { encodeRow, type StoredRow } from './stored-row.js'
import type { Turns } from './turns.js'

/**
 * Adds a row, then its entry in the owner's index. The entry is the moment at which the row is there: before it nobody
 * finds the row, and the count is of that same write, so it is exact, and a log-out-everywhere either lists the row or
 * is counted by it.
 */
export async function insertRow(client: MemcachedClient, turns: Turns, row: Row, deadline: Deadline): Promise<number> {
  const placed = await place(client, turns, row, deadline)
  if (placed === 'taken') return 0
  if (row.owner === null) return 1
  const count =
    (await enter(client, turns, row, row.owner, placed.seen, deadline)) ?? (await tidyAndEnter(client, turns, row, row.owner, deadline))
  if (count !== undefined) return count
  await takeBack(client, row, deadline)
  throw full(client.maxPerOwner)
}

/** Puts the row under its key, over nothing or over the remains of a row that is there for nobody. */
async function place(
  client: MemcachedClient,
  turns: Turns,
  row: Row,
  deadline: Deadline,
): Promise<'taken' | { readonly seen: SeenIndex | undefined }> {
  const key = rowKey(client, row.id)
  for (;;) {
    const now = client.clock.now()
    const value = encodeRow(key, row, now)
    const life = exptime(row.expiresAt, now)
    const { added, seen } = await add(client, row, value, life, deadline)
    if (added) return { seen }
    const found = await find(client, row.id, row.owner ?? undefined, deadline)
    if (found.state === 'absent') continue
    if (found.state === 'live') return 'taken'
    if (now - found.row.insertedAt < LONGEST_INSERTION) {
      await finish(client, turns, found.row, deadline)
      return 'taken'
    }
    // Nobody can still be about to enter it: its index was lost, or its insertion was.
    if ((await askAt(client, row.id, metaSet(key, value, life, { cas: found.cas }), deadline)) === 'stored') return { seen: undefined }
  }
}

/** Adds the row and reads the index in one round trip. */
async function add(
  client: MemcachedClient,
  row: Row,
  value: Buffer,
  life: number,
  deadline: Deadline,
): Promise<{ readonly added: boolean; readonly seen: SeenIndex | undefined }> {
  const server = client.serverOf(row.id)
  const rowQuestion = metaSet(rowKey(client, row.id), value, life, 'nothing')
  // Made first of all: an owner that cannot be a key is refused before anything is written.
  const question = row.owner === null ? undefined : indexQuestion(client, row.owner)
  const connection = await server.connection(deadline)
  if (row.owner === null || question === undefined || server !== client.serverOf(row.owner)) {
    return { added: (await connection.ask(rowQuestion, deadline)) === 'stored', seen: undefined }
  }
  const [answer, item] = await Promise.all([connection.ask(rowQuestion, deadline), connection.ask(question, deadline)])
  return { added: answer === 'stored', seen: seenIndex(client, row.owner, item) }
}

/** Answers how many rows the owner has with this one, or undefined if there is no room for it. Always writes: see `listRows`. */
async function enter(
  client: MemcachedClient,
  turns: Turns,
  row: Row,
  owner: string,
  seen: SeenIndex | undefined,
  deadline: Deadline,
): Promise<number | undefined> {
  const index = await turns.take(owner, (waited) =>
    changeIndex(
      client,
      owner,
      (current) => {
        const next = withRow(current, row.id, row.expiresAt)
        // memcached deletes what it has when it refuses a value for its size.
        return next.ids.length > client.maxPerOwner || indexSize(next) > client.maxValue ? undefined : next
      },
      deadline,
      waited ? undefined : seen,
    ),
  )
  return index?.ids.length
}

/** Listing takes the entries out whose rows are gone. */
async function tidyAndEnter(
  client: MemcachedClient,
  turns: Turns,
  row: Row,
  owner: string,
  deadline: Deadline,
): Promise<number | undefined> {
  await listRows(client, owner, deadline)
  return await enter(client, turns, row, owner, undefined, deadline)
}

/** Ends somebody else's insertion in their place, so that "taken" is true whatever becomes of them. */
async function finish(client: MemcachedClient, turns: Turns, row: StoredRow, deadline: Deadline): Promise<void> {
  if (row.owner !== null) await enter(client, turns, row, row.owner, undefined, deadline)
}

async function takeBack(client: MemcachedClient, row: Row, deadline: Deadline): Promise<void> {
  const found = await find(client, row.id, row.owner ?? undefined, deadline)
  if (found.state === 'unlisted') await askAt(client, row.id, metaDelete(rowKey(client, row.id), found.cas), deadline)
}

const full = (most: number): SessionError =>
  new SessionError(
    'STORE_UNAVAILABLE',
    `This owner has ${most} rows already, the most that one index may hold. Limit the sessions of a user, or raise maxPerOwner.`,
    { retryAfter: 1 },
  )
