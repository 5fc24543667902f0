import type { Millis } from '../../clock.js'
import type { Row } from '../store.js'
import { bucketOf } from './buckets.js'
import type { Parts } from './parts.js'
import { readRows } from './read-rows.js'
import { listOf, textOf } from './reply.js'

/**
 * The index first, then the rows. A row that is ended in between is left out; one that comes in between is on the list of
 * whoever looks next, and its inserter always looks after it has come.
 */
export async function list(parts: Parts, owner: string, until: Millis): Promise<Row[]> {
  const bucket = bucketOf(owner)
  if (bucket === undefined) return []
  const index = parts.keys.owner(bucket, owner)
  const { reply, carrier } = await parts.asking.command(['ZRANGE', index, '0', '-1'], index, until)
  const rows = await readRows(parts, { bucket, index, ids: listOf(reply).map(textOf) }, until)
  parts.written.read(bucket, carrier)
  return rows.filter((row): row is Row => row?.owner === owner)
}
