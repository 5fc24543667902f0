import type { Row } from '../store.js'
import { askAt, type MemcachedClient, rowKey } from './client.js'
import type { Deadline } from './deadline.js'
import { find } from './find.js'
import { metaDelete } from './meta.js'
import { plainRow } from './stored-row.js'
import { takeOut } from './take-out.js'
import type { Turns } from './turns.js'

/** Takes a row out, and its entry after it. Only who read exactly what was there can delete it, so one caller gets the row. */
export async function removeRow(
  client: MemcachedClient,
  turns: Turns,
  id: string,
  version: number | undefined,
  owner: string | undefined,
  deadline: Deadline,
): Promise<Row | undefined> {
  for (;;) {
    const found = await find(client, id, owner, deadline)
    if (found.state !== 'live' || (version !== undefined && found.row.version !== version)) return undefined
    const answer = await askAt(client, id, metaDelete(rowKey(client, id), found.cas), deadline)
    if (answer === 'absent') return undefined
    if (answer === 'changed') continue
    if (found.row.owner !== null) await takeOut(client, turns, found.row.owner, id, found.seenIndex, deadline)
    return plainRow(found.row)
  }
}
