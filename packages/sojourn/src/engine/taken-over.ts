import type { Millis } from '../clock.js'
import { equal, mac, sha256 } from '../crypto/hash.js'
import type { LegacyKey, LegacySource } from '../legacy/source.js'
import type { Ticket } from '../token/ticket.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import type { LiveRecord, TakenOverRecord } from './record.js'
import { bucketOf, openKnown, ownerKey, sealRow } from './row.js'

/** Characters of a row id behind its bucket. */
const TAIL = 22

/** A session of an older library under its name, and what becomes of it here. */
export interface Legacy {
  readonly source: LegacySource
  readonly key: LegacyKey
  /** Id of the row that tells where it went. */
  readonly pointerId: string
}

export function legacyOf(engine: Engine, source: LegacySource, key: LegacyKey): Legacy {
  const blinded = mac(engine.keys.owner, 'legacy', source.name, key.id)
  return { source, key, pointerId: bucketOf(Buffer.from(blinded, 'base64url')) + blinded.slice(0, TAIL) }
}

/** Id of its row here. Whoever takes it over, on whatever node, comes to the same one. */
export function rowIdFor(engine: Engine, { source, key }: Legacy, userId: string): string {
  return ownerKey(engine.keys, userId).slice(0, 2) + mac(engine.keys.owner, 'legacy-row', source.name, key.id).slice(0, TAIL)
}

/** Its first token here. Undefined if the key that made it is gone: then every token of that time is. */
export function ticketFor(engine: Engine, { source, key }: Legacy, rowId: string, slot: number): Ticket | undefined {
  const secret = engine.keys.ring().successorKey(slot)
  return secret === undefined ? undefined : { rowId, generation: 1, slot, secret: mac(secret, 'legacy', source.name, key.id) }
}

/** The first token of a session that another request has just taken over, with a key of this ring. */
export function ticketOf(engine: Engine, legacy: Legacy, rowId: string, record: LiveRecord): Ticket | undefined {
  const hash = record.generation === 1 ? record.secretHash : record.previousHash
  return engine.keys
    .ring()
    .content.token.map(({ slot }) => ticketFor(engine, legacy, rowId, slot))
    .find((ticket) => ticket !== undefined && hash !== undefined && equal(sha256(ticket.secret), hash))
}

export async function readPointer(engine: Engine, { pointerId }: Legacy): Promise<TakenOverRecord | undefined> {
  const row = await ask(engine, (store) => store.reread(pointerId))
  const record = row === undefined ? undefined : await openKnown(engine, row)
  return record === undefined || record === 'broken' || record.kind !== 'taken-over' ? undefined : record
}

/** Puts the pointer there; answers the one that stands, which may be another request's. */
export async function putPointer(
  engine: Engine,
  legacy: Legacy,
  pointer: Omit<TakenOverRecord, 'kind'>,
  expiresAt: Millis,
): Promise<TakenOverRecord> {
  const record: TakenOverRecord = { kind: 'taken-over', ...pointer }
  const row = sealRow(engine, { id: legacy.pointerId, owner: null, version: 1, createdAt: pointer.at, expiresAt }, record)
  if ((await ask(engine, (store) => store.insert(row))) > 0) return record
  return (await readPointer(engine, legacy)) ?? record
}
