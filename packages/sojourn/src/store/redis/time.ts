import type { Millis } from '../../clock.js'
import { BUCKETS } from './buckets.js'
import type { Parts } from './parts.js'
import { listOf, textOf } from './reply.js'

/** The clock of one primary, in a cluster always the same one. https://redis.io/docs/latest/commands/time/ */
export async function time(parts: Parts, until: Millis): Promise<Millis> {
  const { reply } = await parts.asking.command(['TIME'], parts.keys.expiry(BUCKETS[0] ?? ''), until)
  const [seconds = '', micros = '0'] = listOf(reply).map(textOf)
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
}
