import type { Millis } from '../../clock.js'
import { SessionError } from '../../errors.js'
import type { Row } from '../store.js'
import { bucketOf } from './buckets.js'
import { insertScript } from './insert-script.js'
import { type Parts, write } from './parts.js'
import { countOf } from './reply.js'
import { encodeRow } from './stored-row.js'

/** Throws `INVALID_ARGUMENT` for a row that could not be found again: without bucket, or in another one than its owner. */
export async function insert(parts: Parts, row: Row, until: Millis): Promise<number> {
  const { id, owner, createdAt, expiresAt } = row
  const { keys, hints } = parts
  const bucket = bucketOf(id)
  if (bucket === undefined || (owner !== null && bucketOf(owner) !== bucket)) throw wrongBucket()
  const index = owner === null ? [] : [keys.owner(bucket, owner)]
  hints.note(id, owner)
  const args = [id, `${createdAt}`, `${expiresAt}`, encodeRow(row)]
  return countOf(await write(parts, bucket, insertScript, [keys.row(bucket, id), keys.expiry(bucket), ...index], args, until))
}

function wrongBucket(): SessionError {
  const message = 'A row begins with the two letters of its bucket (a to z, 2 to 7), and its owner with the same two.'
  return new SessionError('INVALID_ARGUMENT', message, { path: 'id' })
}
