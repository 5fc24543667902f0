import type { Millis } from '../../clock.js'
import { SessionError } from '../../errors.js'
import type { Row } from '../store.js'
import { bucketOf } from './buckets.js'
import { type Parts, write } from './parts.js'
import { replaceScript } from './replace-script.js'
import { textOf } from './reply.js'
import { type Outcome, writeOwned } from './write-owned.js'

/** Throws `INVALID_ARGUMENT` for a row that would get another owner than it has. */
export async function replace(parts: Parts, row: Row, until: Millis, message = ''): Promise<boolean> {
  const { id, owner, version, expiresAt } = row
  const bucket = bucketOf(id)
  if (bucket === undefined) return false
  parts.hints.note(id, owner)
  // Copied now: the driver takes its time, and what the caller does to its array until then must change nothing.
  const data = Buffer.from(row.data)
  return writeOwned<boolean>(parts, { id, bucket, owner }, async (names, named): Promise<Outcome<boolean>> => {
    const args = [id, `${version - 1}`, `${version}`, `${expiresAt}`, owner ?? '', data, named, parts.keys.subject, message]
    const reply = await write(parts, bucket, replaceScript, names, args, until)
    if (reply === -1) throw new SessionError('INVALID_ARGUMENT', 'A row never gets another owner, only none.', { path: 'owner' })
    return typeof reply === 'number' ? { answer: reply === 1 } : { owner: textOf(reply) }
  })
}
