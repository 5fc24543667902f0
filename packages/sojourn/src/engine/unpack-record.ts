import type { DeviceClass, SessionContext, SessionDevice } from '../session.js'
import { frozenParts } from './frozen-parts.js'
import { HASH_BYTES, INSTANT_BYTES, PACKED, PART } from './packed-layout.js'
import type { LiveRecord, StoredRecord, StoredSeen, StoredSighting } from './record.js'

interface Reader {
  readonly bytes: Buffer
  at: number
  readonly texts: string[]
}

type Open<Value> = { -readonly [Name in keyof Value]: Value[Name] }

/** `{` of JSON. */
const BRACE = 0x7b
/** A count beyond this was not written by us. */
const MOST_FACTOR = 2 ** 49

const malformed = (): Error => new RangeError('This is no record.')

/** Moves on by so many bytes, and answers where they begin. */
function take(reader: Reader, length: number): number {
  const from = reader.at
  reader.at += length
  if (reader.at > reader.bytes.length) throw malformed()
  return from
}

function readCount(reader: Reader): number {
  const { bytes } = reader
  let count = 0
  for (let factor = 1; factor <= MOST_FACTOR; factor *= 128) {
    const byte = bytes[take(reader, 1)] ?? 0
    if (byte < 128) return count + byte * factor
    count += (byte - 128) * factor
  }
  throw malformed()
}

function readDifference(reader: Reader): number {
  const count = readCount(reader)
  return count % 2 === 0 ? count / 2 : -(count + 1) / 2
}

function readText(reader: Reader): string {
  const said = readCount(reader)
  if (said % 2 === 1) {
    const known = reader.texts[(said - 1) / 2]
    if (known === undefined) throw malformed()
    return known
  }
  const from = take(reader, said / 2)
  const text = reader.bytes.toString('utf8', from, reader.at)
  reader.texts.push(text)
  return text
}

function readHash(reader: Reader): string {
  const from = take(reader, HASH_BYTES)
  return reader.bytes.toString('base64url', from, reader.at)
}

function readSeen(reader: Reader, createdAt: number): readonly StoredSeen[] {
  const count = readCount(reader)
  // Each takes three bytes at the least: no number can make this run on.
  if (count * 3 > reader.bytes.length) throw malformed()
  const list: StoredSeen[] = []
  for (let place = 0; place < count; place++) {
    const value = readText(reader)
    const first = createdAt + readDifference(reader)
    list.push(Object.freeze({ value, first, last: first + readDifference(reader) }))
  }
  return Object.freeze(list)
}

const NO_DATA: Readonly<Record<string, unknown>> = Object.freeze({})
const NO_LIST: readonly string[] = Object.freeze([])
/** Most sessions of an application have the same few roles and permissions: such a list is made once. About 1 MiB at most. */
const MOST_LISTS = 1_024
const MOST_LIST_LENGTH = 256
const lists = new Map<string, readonly string[]>()

function listOf(text: string): readonly string[] {
  if (text === '') return NO_LIST
  const known = lists.get(text)
  if (known !== undefined) return known
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list)) throw malformed()
  if (text.length > MOST_LIST_LENGTH) return Object.freeze(list)
  if (lists.size >= MOST_LISTS) lists.clear()
  lists.set(text, Object.freeze(list))
  return list
}

const objectOf = (text: string): Readonly<Record<string, unknown>> => {
  if (text === '') return NO_DATA
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) throw malformed()
  return Object.freeze(frozenParts(value as Record<string, unknown>))
}

/** Browsers and devices come in a few kinds: the text of each is kept once, and not for each session. About 300 KiB at most. */
const MOST_TEXTS = 1_024
const MOST_TEXT_LENGTH = 256
const texts = new Map<string, string>()

function sharedText(text: string): string {
  const known = texts.get(text)
  if (known !== undefined) return known
  if (text.length > MOST_TEXT_LENGTH) return text
  if (texts.size >= MOST_TEXTS) texts.clear()
  texts.set(text, text)
  return text
}

function readContext(reader: Reader, parts: number): SessionContext {
  const context: Open<SessionContext> = {}
  if ((parts & PART.ipAddress) !== 0) context.ipAddress = readText(reader)
  if ((parts & PART.userAgent) !== 0) context.userAgent = sharedText(readText(reader))
  return Object.freeze(context)
}

function readDevice(reader: Reader, parts: number): SessionDevice {
  const device: Open<SessionDevice> = {
    id: readText(reader),
    label: sharedText(readText(reader)),
    class: sharedText(readText(reader)) as DeviceClass,
  }
  if ((parts & PART.deviceFingerprint) !== 0) device.fingerprint = readText(reader)
  return Object.freeze(device)
}

function readSighting(reader: Reader, parts: number, createdAt: number): StoredSighting {
  const seen: Open<StoredSighting> = { at: createdAt + readDifference(reader) }
  if ((parts & PART.seenFingerprint) !== 0) seen.fingerprint = readText(reader)
  return Object.freeze(seen)
}

/** In the order in which `packRecord` writes. */
function readLive(bytes: Buffer): LiveRecord {
  const reader: Reader = { bytes, at: 1, texts: [] }
  const parts = bytes.readUInt16BE(take(reader, 2))
  const createdAt = bytes.readUIntBE(take(reader, INSTANT_BYTES), INSTANT_BYTES)
  const instant = (): number => createdAt + readDifference(reader)
  const record: Open<LiveRecord> = {
    kind: 'session',
    createdAt,
    authTime: instant(),
    lifetimeEnd: instant(),
    durationEnd: instant(),
    absoluteEnd: instant(),
    lastActivity: instant(),
    rotatedAt: instant(),
    requests: readCount(reader),
    generation: readCount(reader),
    renewals: readCount(reader),
    rememberMe: (parts & PART.rememberMe) !== 0,
    confirmed: (parts & PART.confirmed) !== 0,
    secretHash: readHash(reader),
    userId: '',
    tenant: null,
    context: NO_DATA,
    addresses: [],
    agents: [],
    roles: NO_LIST,
    permissions: NO_LIST,
    data: NO_DATA,
  }
  if ((parts & PART.previousHash) !== 0) record.previousHash = readHash(reader)
  record.userId = readText(reader)
  if ((parts & PART.tenant) !== 0) record.tenant = readText(reader)
  record.context = readContext(reader, parts)
  if ((parts & PART.device) !== 0) record.device = readDevice(reader, parts)
  if ((parts & PART.seen) !== 0) record.seen = readSighting(reader, parts, createdAt)
  record.addresses = readSeen(reader, createdAt)
  record.agents = readSeen(reader, createdAt)
  record.roles = listOf(readText(reader))
  record.permissions = listOf(readText(reader))
  const rest = objectOf(readText(reader))
  record.data = objectOf(readText(reader))
  if (reader.at !== bytes.length) throw malformed()
  return rest === NO_DATA ? record : { ...record, ...rest }
}

/** The record that was packed, its parts frozen; undefined if this is none, or one of a release to come. */
export function unpackRecord(bytes: Uint8Array): StoredRecord | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    if (buffer[0] === PACKED) return readLive(buffer)
    return buffer[0] === BRACE ? frozenParts(JSON.parse(buffer.toString()) as StoredRecord) : undefined
  } catch {
    // Whatever is wrong with it: nothing can be told from such bytes but that they are no record.
    return undefined
  }
}
