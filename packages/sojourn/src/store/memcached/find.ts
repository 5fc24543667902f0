import { askAt, type MemcachedClient, rowKey } from './client.js'
import type { Deadline } from './deadline.js'
import { type Cas, type Item, metaGet } from './meta.js'
import { indexQuestion, readIndex, type SeenIndex, seenIndex } from './owner-index.js'
import { decodeRow, type StoredRow } from './stored-row.js'

/** A row that stands under its key. */
export interface SeenRow {
  readonly row: StoredRow
  readonly cas: Cas
}

/**
 * `live`: a row without owner, or one that its owner's index lists. `unlisted`: its insertion has not come to its end, or
 * the index that listed it was lost; it is not there for anybody.
 */
export type Found =
  | { readonly state: 'absent' }
  | ({ readonly state: 'unlisted' } & SeenRow)
  | ({ readonly state: 'live'; readonly seenIndex: SeenIndex | undefined } & SeenRow)

const ABSENT: Found = Object.freeze({ state: 'absent' })

export async function readRow(client: MemcachedClient, id: string, deadline: Deadline): Promise<SeenRow | undefined> {
  return seenRow(client, id, await askAt(client, id, metaGet(rowKey(client, id)), deadline))
}

function seenRow(client: MemcachedClient, id: string, item: Item | undefined): SeenRow | undefined {
  return item && { row: decodeRow(rowKey(client, id), id, item.value), cas: item.cas }
}

/** Both in one round trip, the row first. */
async function readBoth(
  client: MemcachedClient,
  id: string,
  owner: string,
  deadline: Deadline,
): Promise<{ readonly seen: SeenRow | undefined; readonly index: SeenIndex | undefined }> {
  const server = client.serverOf(id)
  if (server !== client.serverOf(owner)) return { seen: await readRow(client, id, deadline), index: undefined }
  const questions = [metaGet(rowKey(client, id)), indexQuestion(client, owner)] as const
  const connection = await server.connection(deadline)
  const [row, index] = await Promise.all([connection.ask(questions[0], deadline), connection.ask(questions[1], deadline)])
  return { seen: seenRow(client, id, row), index: seenIndex(client, owner, index) }
}

/**
 * Looks for a row and tells whether it is there for anybody. `owner` is a guess that spares a round trip where it is right.
 *
 * A row that its index does not list is looked at once more: whoever ends a row writes the row first, so what was taken
 * off the list meanwhile has changed, and is judged as it is now.
 */
export async function find(client: MemcachedClient, id: string, owner: string | undefined, deadline: Deadline): Promise<Found> {
  let { seen, index } =
    owner === undefined ? { seen: await readRow(client, id, deadline), index: undefined } : await readBoth(client, id, owner, deadline)
  for (;;) {
    if (seen === undefined) return ABSENT
    if (seen.row.owner === null) return { state: 'live', ...seen, seenIndex: undefined }
    if (index === undefined || seen.row.owner !== owner) index = await readIndex(client, seen.row.owner, deadline)
    if (index.index.ids.includes(id)) return { state: 'live', ...seen, seenIndex: index }
    const again: SeenRow | undefined = await readRow(client, id, deadline)
    if (again?.cas === seen.cas) return { state: 'unlisted', ...seen }
    seen = again
    index = undefined
  }
}
