import type { Millis } from '../../clock.js'
import { askAt, indexKey, type MemcachedClient } from './client.js'
import type { Deadline } from './deadline.js'
import { exptime } from './exptime.js'
import { type Cas, type Item, metaDelete, metaGet, metaSet } from './meta.js'
import type { Question } from './question.js'
import { decodeIndex, encodeIndex, type OwnerIndex } from './stored-index.js'

/** An index as it was read. Without `cas` there was none. */
export interface SeenIndex {
  readonly index: OwnerIndex
  readonly cas: Cas | undefined
}

const EMPTY: OwnerIndex = Object.freeze({ ids: Object.freeze([]), until: 0 })

/** Added to the life of an index that has become too short: renewals move the expiry often, and each would rewrite it. */
const SPARE_LIFE: Millis = 86_400_000

/** The question for an owner's index. Its answer is read with `seenIndex`. */
export const indexQuestion = (client: MemcachedClient, owner: string): Question<Item | undefined> => metaGet(indexKey(client, owner))

export function seenIndex(client: MemcachedClient, owner: string, item: Item | undefined): SeenIndex {
  if (item === undefined) return { index: EMPTY, cas: undefined }
  return { index: decodeIndex(indexKey(client, owner), item.value), cas: item.cas }
}

export async function readIndex(client: MemcachedClient, owner: string, deadline: Deadline): Promise<SeenIndex> {
  return seenIndex(client, owner, await askAt(client, owner, indexQuestion(client, owner), deadline))
}

/** The index with this row in it, living at least as long as the row. */
export function withRow(index: OwnerIndex, id: string, expiresAt: Millis): OwnerIndex {
  const ids = index.ids.includes(id) ? index.ids : [...index.ids, id]
  return { ids, until: expiresAt <= index.until ? index.until : expiresAt + SPARE_LIFE }
}

export const withoutRows = (index: OwnerIndex, gone: ReadonlySet<string>): OwnerIndex => ({
  ...index,
  ids: index.ids.filter((id) => !gone.has(id)),
})

/** Puts `next` in the place of what was seen. False, and no change, if that is not what is there any more. An empty index is taken away. */
export async function writeIndex(
  client: MemcachedClient,
  owner: string,
  seen: SeenIndex,
  next: OwnerIndex,
  deadline: Deadline,
): Promise<boolean> {
  const key = indexKey(client, owner)
  if (next.ids.length === 0) {
    if (seen.cas === undefined) return true
    return (await askAt(client, owner, metaDelete(key, seen.cas), deadline)) === 'deleted'
  }
  const over = seen.cas === undefined ? 'nothing' : { cas: seen.cas }
  const question = metaSet(key, encodeIndex(key, next), exptime(next.until, client.clock.now()), over)
  return (await askAt(client, owner, question, deadline)) === 'stored'
}

/**
 * Changes an owner's index: reads it, lets `edit` decide, and writes only over what was read; else again, until the
 * deadline. Undefined from `edit` leaves the index alone and is answered. `seen` spares the first reading.
 */
export async function changeIndex(
  client: MemcachedClient,
  owner: string,
  edit: (index: OwnerIndex) => OwnerIndex | undefined,
  deadline: Deadline,
  seen?: SeenIndex,
): Promise<OwnerIndex | undefined> {
  for (let known = seen; ; known = undefined) {
    const current = known ?? (await readIndex(client, owner, deadline))
    const next = edit(current.index)
    if (next === undefined || (await writeIndex(client, owner, current, next, deadline))) return next
  }
}
