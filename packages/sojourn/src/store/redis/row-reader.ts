import type { Millis } from '../../clock.js'
import type { Row } from '../store.js'
import type { Asking } from './asking.js'
import { forgetScript } from './forget-script.js'
import type { Keys } from './keys.js'
import type { OwnerHints } from './owner-hints.js'
import { listOf } from './reply.js'
import { decodeRow } from './stored-row.js'

/** Reads many rows of one bucket. */
export interface RowReader {
  /**
   * The rows in the order of `ids`, undefined for one that is not there. Such ids are taken out of `index`, where they were
   * found: Redis has dropped their rows, or somebody removed them a moment ago.
   */
  read(bucket: string, ids: readonly string[], index: string, until: Millis): Promise<(Row | undefined)[]>
}

/** Rows in one answer: half a megabyte at the usual size, during which the server answers nobody else. */
const CHUNK = 500

export function rowReader(asking: Asking, keys: Keys, hints: OwnerHints): RowReader {
  async function readChunk(bucket: string, ids: readonly string[], until: Millis): Promise<(Row | undefined)[]> {
    const names = ids.map((id) => keys.row(bucket, id))
    const { reply } = await asking.command(['MGET', ...names], names[0] ?? '', until)
    return listOf(reply).map((stored, place) => {
      if (stored === null) return undefined
      const row = decodeRow(ids[place] ?? '', stored)
      hints.note(row.id, row.owner)
      return row
    })
  }

  return {
    async read(bucket, ids, index, until) {
      const rows: (Row | undefined)[] = []
      for (let from = 0; from < ids.length; from += CHUNK) rows.push(...(await readChunk(bucket, ids.slice(from, from + CHUNK), until)))
      const missing = ids.filter((_, place) => rows[place] === undefined)
      for (let from = 0; from < missing.length; from += CHUNK) {
        const part = missing.slice(from, from + CHUNK)
        await asking.script(forgetScript, [index, ...part.map((id) => keys.row(bucket, id))], part, until)
      }
      return rows
    },
  }
}
