import type { Millis } from '../clock.js'
import { mac } from '../crypto/hash.js'
import { type ProofKey, type PublicJwk, publicKeyOf } from '../crypto/jwk.js'
import { ask } from '../engine/ask.js'
import type { Engine } from '../engine/engine.js'
import { mutate } from '../engine/mutate.js'
import type { OpenChallenge } from '../engine/record.js'
import { openKnown, sealRow } from '../engine/row.js'

/** Characters of a keyed hash: 192 bits. */
const TAIL = 32
const BUCKET = 2
/** The current one, and the one before it, which a browser may have signed already. */
const OPEN_CHALLENGES = 2

/** The row of a key: in the bucket of its session, one for each key that is shown for it. */
export function keyRowId(engine: Pick<Engine, 'keys'>, rowId: string, jkt: string): string {
  return rowId.slice(0, BUCKET) + mac(engine.keys.proof, 'dbsc/key', rowId, jkt).slice(0, TAIL)
}

/** Keeps the key of a browser. False if it is kept already: then this registration was seen before. */
export async function insertKey(engine: Engine, id: string, jwk: PublicJwk, expiresAt: Millis): Promise<boolean> {
  const head = { id, owner: null, version: 1, createdAt: engine.clock.now(), expiresAt }
  const row = sealRow(engine, head, { kind: 'device-key', jwk, challenges: [] })
  return (await ask(engine, (store) => store.insert(row))) > 0
}

/** The key of a browser; undefined if the store lost it, or somebody changed it there. */
export async function readKey(engine: Engine, id: string): Promise<ProofKey | undefined> {
  const row = await ask(engine, (store) => store.get(id))
  const record = row === undefined ? undefined : await openKnown(engine, row)
  return record === undefined || record === 'broken' || record.kind !== 'device-key' ? undefined : publicKeyOf(record.jwk)
}

/**
 * The challenge to be signed next: the current one while half of its time is left, else `fresh`. Whoever asks often cannot push
 * out what the browser is signing at this moment.
 */
export async function openChallenge(engine: Engine, id: string, fresh: string, ttl: Millis): Promise<string | undefined> {
  return await mutate(engine, id, (record, row) => {
    if (record.kind !== 'device-key') return { answer: undefined }
    const now = engine.clock.now()
    const [current] = record.challenges
    if (current !== undefined && now - current.at < ttl / 2) return { answer: current.value }
    const challenges = [{ value: fresh, at: now }, ...record.challenges].slice(0, OPEN_CHALLENGES)
    return { answer: fresh, write: { record: { ...record, challenges }, expiresAt: row.expiresAt, owner: null } }
  })
}

/** Takes a signed challenge and opens `fresh` in its place. False if it is not open any more: used, replaced twice, or too old. */
export async function answerChallenge(
  engine: Engine,
  id: string,
  signed: unknown,
  fresh: string,
  options: { readonly ttl: Millis; readonly expiresAt: Millis },
): Promise<boolean> {
  const answered = await mutate(engine, id, (record) => {
    if (record.kind !== 'device-key') return { answer: false }
    const now = engine.clock.now()
    const open = record.challenges.filter(({ at }: OpenChallenge) => now - at < options.ttl)
    if (!open.some(({ value }) => value === signed)) return { answer: false }
    const others = open.filter(({ value }) => value !== signed)
    const challenges = [{ value: fresh, at: now }, ...others].slice(0, OPEN_CHALLENGES)
    return { answer: true, write: { record: { ...record, challenges }, expiresAt: options.expiresAt, owner: null } }
  })
  return answered === true
}
