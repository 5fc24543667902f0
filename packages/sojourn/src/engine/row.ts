import { mac } from '../crypto/hash.js'
import type { Keys } from '../crypto/keys.js'
import { SessionError } from '../errors.js'
import type { KeyHolder } from '../keyring/key-holder.js'
import type { Row } from '../store/store.js'
import type { Engine } from './engine.js'
import { frozenParts } from './frozen-parts.js'
import { packRecord } from './pack-record.js'
import type { StoredRecord } from './record.js'
import { unpackRecord } from './unpack-record.js'

/** What a row came to when it was opened. `broken`: it was tampered with or put in another row's place. `locked`: its key is missing. */
export type OpenedRow = StoredRecord | 'broken' | 'locked'

const PUBLIC_PREFIX = 'sid_'
const PUBLIC_ID = /^sid_([a-z2-7]{2}[A-Za-z0-9_-]{22})$/

/** The public id of a session, from its row's. */
export function publicId(rowId: string): string {
  return PUBLIC_PREFIX + rowId
}

/** The row id in a public id, or undefined if it is none. */
export function rowIdOf(id: string): string | undefined {
  return PUBLIC_ID.exec(id)?.[1]
}

const BUCKET_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const BUCKET_LENGTH = 2

/** The first ten bits as two letters. Rows of one user share them, and with them the slot of a Redis cluster. */
export function bucketOf(bytes: Uint8Array): string {
  const bits = ((bytes[0] ?? 0) << 2) | ((bytes[1] ?? 0) >> 6)
  return BUCKET_ALPHABET.charAt(bits >> 5) + BUCKET_ALPHABET.charAt(bits & 31)
}

/** The key under which a user's rows are listed. The store learns nothing about the user id from it. */
export function ownerKey(keys: Keys, userId: string): string {
  const blinded = mac(keys.owner, userId)
  return bucketOf(Buffer.from(blinded, 'base64url')) + blinded
}

// A record that is moved to another row, owner or version does not open (TYPO3 CVE-2023-47127).
const bindingOf = (row: Omit<Row, 'data'>): string => `${row.id}|${row.owner ?? ''}|${row.version}`
const bucketIn = (row: Omit<Row, 'data'>): string => row.id.slice(0, BUCKET_LENGTH)

/** Makes a row of a record. */
export function sealRow(engine: Pick<Engine, 'keys' | 'clock'>, head: Omit<Row, 'data'>, record: StoredRecord): Row {
  const { id, owner, version, createdAt, expiresAt } = head
  const data = engine.keys.ring().seal(packRecord(record), bucketIn(head), bindingOf(head), engine.clock.now())
  // Written out: what is spread and then frozen has a hidden class of its own, half a kilobyte for each row in memory.
  return Object.freeze({ id, owner, version, createdAt, expiresAt, data })
}

/** Keeps a record that this process has just sealed, so that it need not be opened. Only for what was read from the store before: as JSON has it. */
export function keepOpened(engine: Pick<Engine, 'opened'>, row: Row, record: StoredRecord): void {
  engine.opened.set(row, frozenParts(record))
}

type Opening = Pick<Engine, 'opened'> & { readonly keys: KeyHolder }

/** Opens a row. A key that this process does not know may be new: then the ring is looked at again. */
export async function openRow(engine: Opening, row: Row): Promise<OpenedRow> {
  const known = engine.opened.get(row)
  if (known !== undefined) return known
  let result = engine.keys.ring().open(row.data, bucketIn(row), bindingOf(row))
  if (result.kind === 'unknown-key') {
    await engine.keys.refresh()
    result = engine.keys.ring().open(row.data, bucketIn(row), bindingOf(row))
  }
  if (result.kind === 'unknown-key') return 'locked'
  if (result.kind === 'broken') return 'broken'
  const record = unpackRecord(result.plain)
  if (record === undefined) return 'broken'
  engine.opened.set(row, record)
  return record
}

/** Opens a row about which something must be said. Throws `STORE_UNAVAILABLE` if its key is missing: then nothing can be. */
export async function openKnown(engine: Opening, row: Row): Promise<StoredRecord | 'broken'> {
  const record = await openRow(engine, row)
  if (record !== 'locked') return record
  throw new SessionError(
    'STORE_UNAVAILABLE',
    'This session was sealed with a key that is not in the key ring. Restore the key that belongs to this store.',
    { retryAfter: 60 },
  )
}
