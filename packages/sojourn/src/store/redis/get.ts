import type { Millis } from '../../clock.js'
import type { Row } from '../store.js'
import { bucketOf } from './buckets.js'
import type { Parts } from './parts.js'
import { decodeRow } from './stored-row.js'

export async function get({ asking, keys, hints, written }: Parts, id: string, until: Millis): Promise<Row | undefined> {
  const bucket = bucketOf(id)
  if (bucket === undefined) return undefined
  const key = keys.row(bucket, id)
  const { reply, carrier } = await asking.command(['GET', key], key, until)
  written.read(bucket, carrier)
  if (reply === null) return undefined
  const row = decodeRow(id, reply)
  hints.note(id, row.owner)
  return row
}
