import type { MemcachedClient } from './client.js'
import type { Deadline } from './deadline.js'
import { changeIndex, type SeenIndex, withoutRows } from './owner-index.js'
import type { Turns } from './turns.js'

/**
 * Takes the entry of a row that is gone or has ended out of its owner's index. What the caller has done to the row is
 * done: an entry that cannot be taken out now means nothing without its row, and the next list takes it out.
 */
export async function takeOut(
  client: MemcachedClient,
  turns: Turns,
  owner: string,
  id: string,
  seen: SeenIndex | undefined,
  deadline: Deadline,
): Promise<void> {
  const gone = new Set([id])
  try {
    await turns.take(owner, (waited) =>
      changeIndex(
        client,
        owner,
        (index) => (index.ids.includes(id) ? withoutRows(index, gone) : undefined),
        deadline,
        waited ? undefined : seen,
      ),
    )
  } catch (fault) {
    client.warn('the entry of a row that is gone stays in an index for now', fault)
  }
}
