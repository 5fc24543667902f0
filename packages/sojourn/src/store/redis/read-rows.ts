import type { Millis } from '../../clock.js'
import type { Row } from '../store.js'
import { forgetScript } from './forget-script.js'
import type { Parts } from './parts.js'
import { listOf } from './reply.js'
import { decodeRow } from './stored-row.js'

/** Ids of one bucket, and the index in which they were found. */
export interface Found {
  readonly bucket: string
  readonly index: string
  readonly ids: readonly string[]
}

/** Rows in one answer: half a megabyte at the usual size, during which the server answers nobody else. */
const CHUNK = 500

/**
 * The rows in the order of their ids, undefined for one that is not there. Such ids are taken out of the index: Redis has
 * dropped their rows, or somebody removed them a moment ago.
 */
export async function readRows(parts: Parts, { bucket, index, ids }: Found, until: Millis): Promise<(Row | undefined)[]> {
  const { asking, keys } = parts
  const rows: (Row | undefined)[] = []
  for (const chunk of chunks(ids)) rows.push(...(await readChunk(parts, bucket, chunk, until)))
  for (const missing of chunks(ids.filter((_, place) => rows[place] === undefined))) {
    await asking.script(forgetScript, [index, ...missing.map((id) => keys.row(bucket, id))], missing, until)
  }
  return rows
}

async function readChunk(
  { asking, keys, hints }: Parts,
  bucket: string,
  ids: readonly string[],
  until: Millis,
): Promise<(Row | undefined)[]> {
  const names = ids.map((id) => keys.row(bucket, id))
  const { reply } = await asking.command(['MGET', ...names], names[0] ?? '', until)
  return listOf(reply).map((stored, place) => {
    if (stored === null) return undefined
    const row = decodeRow(ids[place] ?? '', stored)
    hints.note(row.id, row.owner)
    return row
  })
}

const chunks = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, place) => all.slice(place * CHUNK, (place + 1) * CHUNK))
