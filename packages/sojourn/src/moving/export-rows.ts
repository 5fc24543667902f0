import { RING_ROW_ID } from '../keyring/ring-home.js'
import type { Row, ScannableStore } from '../store/store.js'
import { pagesOf } from './pages.js'
import { lineOfRow } from './row-line.js'
import { rowsChecksum } from './rows-checksum.js'

/** The first line of every file of rows, and the version of the format. */
export const HEADER: { readonly format: 'sojourn-rows'; readonly version: 1 } = Object.freeze({ format: 'sojourn-rows', version: 1 })

export interface Exported {
  readonly rows: number
  readonly checksum: string
}

/**
 * Writes every row of a store as a line of JSON, between a header and a trailer with their count and checksum. Rows stay
 * sealed; only who has the key of the installation can open what is written. Lines come without their end.
 *
 * The service may run meanwhile. Each row is then as it was when it was met: a session that ends during the walk may be in
 * the file as one that lives.
 */
export async function exportRows(store: ScannableStore, write: (line: string) => Promise<void> | void): Promise<Exported> {
  const sum = rowsChecksum()
  let count = 0
  const put = async (row: Row): Promise<void> => {
    const line = lineOfRow(row)
    sum.addLine(line)
    count++
    await write(line)
  }
  await write(JSON.stringify(HEADER))
  // First, so that whoever imports the file knows at once whether the keys fit.
  const ring = await store.get(RING_ROW_ID)
  if (ring !== undefined) await put(ring)
  for await (const rows of pagesOf(store)) {
    for (const row of rows) if (row.id !== RING_ROW_ID) await put(row)
  }
  const exported: Exported = { rows: count, checksum: sum.text() }
  await write(JSON.stringify(exported))
  return exported
}
