import { SessionError } from '../../errors.js'
import type { Row } from '../store.js'
import { askAt, type MemcachedClient, rowKey } from './client.js'
import type { Deadline } from './deadline.js'
import { exptime } from './exptime.js'
import { find } from './find.js'
import { metaSet } from './meta.js'
import { changeIndex, type SeenIndex, withRow } from './owner-index.js'
import { encodeRow } from './stored-row.js'
import { takeOut } from './take-out.js'
import type { Turns } from './turns.js'

/**
 * Puts a row in the place of the version before it, if that is live. memcached 1.6.18 cannot take our version for its CAS
 * number (its `ms` has no flag `E`), so the row is read first and written over exactly what was read.
 */
export async function replaceRow(
  client: MemcachedClient,
  turns: Turns,
  row: Row,
  owner: string | undefined,
  deadline: Deadline,
): Promise<boolean> {
  const found = await find(client, row.id, row.owner ?? owner, deadline)
  if (found.state !== 'live' || found.row.version !== row.version - 1) return false
  const { row: current, cas, seenIndex } = found
  if (row.owner !== null && row.owner !== current.owner) {
    throw new SessionError('INVALID_ARGUMENT', 'owner: a replacement keeps the owner of the row, or sets it to null.', { path: 'owner' })
  }
  if (row.owner !== null) await extend(client, turns, { id: row.id, owner: row.owner, expiresAt: row.expiresAt }, seenIndex, deadline)
  const key = rowKey(client, row.id)
  const value = encodeRow(key, { ...row, createdAt: current.createdAt }, current.insertedAt)
  const question = metaSet(key, value, exptime(row.expiresAt, client.clock.now()), { cas })
  if ((await askAt(client, row.id, question, deadline)) !== 'stored') return false
  // Row before entry: between the two the row is on the list, and is dropped from it for having no owner.
  if (row.owner === null && current.owner !== null) await takeOut(client, turns, current.owner, row.id, seenIndex, deadline)
  return true
}

/** Lets the index live as long as the row is going to, before the row does: without its index it would be gone. */
async function extend(
  client: MemcachedClient,
  turns: Turns,
  { id, owner, expiresAt }: { readonly id: string; readonly owner: string; readonly expiresAt: number },
  seen: SeenIndex | undefined,
  deadline: Deadline,
): Promise<void> {
  if (seen === undefined || expiresAt <= seen.index.until) return
  await turns.take(owner, (waited) =>
    changeIndex(
      client,
      owner,
      (index) => (index.ids.includes(id) && expiresAt > index.until ? withRow(index, id, expiresAt) : undefined),
      deadline,
      waited ? undefined : seen,
    ),
  )
}
