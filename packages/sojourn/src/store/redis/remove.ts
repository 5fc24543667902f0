import type { Millis } from '../../clock.js'
import type { Row } from '../store.js'
import { bucketOf } from './buckets.js'
import { type Parts, write } from './parts.js'
import { removeScript } from './remove-script.js'
import { textOf } from './reply.js'
import { decodeRow } from './stored-row.js'
import { type Outcome, writeOwned } from './write-owned.js'

export async function remove(parts: Parts, id: string, version: number | undefined, until: Millis, message = ''): Promise<Row | undefined> {
  const bucket = bucketOf(id)
  if (bucket === undefined) return undefined
  return writeOwned<Row | undefined>(parts, { id, bucket }, async (names, named): Promise<Outcome<Row | undefined>> => {
    const reply = await write(parts, bucket, removeScript, names, [id, `${version ?? ''}`, named, parts.keys.subject, message], until)
    if (Array.isArray(reply)) return { owner: textOf(reply[0]) }
    return { answer: reply === null ? undefined : decodeRow(id, reply) }
  })
}
