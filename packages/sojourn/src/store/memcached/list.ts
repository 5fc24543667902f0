import type { Row } from '../store.js'
import type { MemcachedClient } from './client.js'
import type { Deadline } from './deadline.js'
import { readRow } from './find.js'
import { readIndex, withoutRows, writeIndex } from './owner-index.js'
import { plainRow } from './stored-row.js'

/** Rows asked for at once: a thousand of the largest would fill the memory of this process. */
const ROWS_AT_ONCE = 64

/** The owner's rows, oldest first. Takes entries out of the index whose rows are gone. */
export async function listRows(client: MemcachedClient, owner: string, deadline: Deadline): Promise<Row[]> {
  const seen = await readIndex(client, owner, deadline)
  const { ids } = seen.index
  const rows: Row[] = []
  const gone = new Set<string>()
  for (let from = 0; from < ids.length; from += ROWS_AT_ONCE) {
    const asked = ids.slice(from, from + ROWS_AT_ONCE)
    const found = await Promise.all(asked.map((id) => readRow(client, id, deadline)))
    for (const [place, id] of asked.entries()) {
      const row = found[place]?.row
      if (row?.owner === owner) rows.push(plainRow(row))
      else gone.add(id)
    }
  }
  if (gone.size > 0) {
    try {
      // An entry is written after its row, so one without row is never an insertion under way; and one that was written
      // again since it was read here makes this write fail. No clock is needed to be sure.
      await writeIndex(client, owner, seen, withoutRows(seen.index, gone), deadline)
    } catch (fault) {
      client.warn('entries of rows that are gone stay in an index for now', fault)
    }
  }
  return rows.sort(compareAge)
}

/** Ties in code-unit order, as `<` has it; `localeCompare` would depend on the machine. */
const compareAge = (a: Row, b: Row): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
