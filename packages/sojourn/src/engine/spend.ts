import type { Millis } from '../clock.js'
import { mac } from '../crypto/hash.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { bucketOf, sealRow } from './row.js'

/** Characters of a keyed hash: 192 bits. */
const TAIL = 32

/**
 * Spends something that counts once, on all nodes together, by its names. True for exactly one caller; false for everybody
 * else until `until`. The store learns a keyed hash and nothing more.
 */
export async function spend(engine: Engine, kind: string, names: readonly string[], until: Millis): Promise<boolean> {
  const blinded = mac(engine.keys.proof, 'spent', kind, ...names)
  const id = bucketOf(Buffer.from(blinded, 'base64url')) + blinded.slice(0, TAIL)
  const head = { id, owner: null, version: 1, createdAt: engine.clock.now(), expiresAt: until }
  const row = sealRow(engine, head, { kind: 'spent' })
  return (await ask(engine, (store) => store.insert(row, 'unkept'))) > 0
}
