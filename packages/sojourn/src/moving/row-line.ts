import { SessionError } from '../errors.js'
import type { Row } from '../store/store.js'

/** A session has at most 64 KiB of data, and about as much besides; anything longer is not one of our lines. */
export const MAX_LINE = 4_194_304

const ID = /^[A-Za-z0-9_-]{1,64}$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const FIELDS = 'createdAt,data,expiresAt,id,owner,version'

/** A row as one line of JSON, always in the same spelling. The data stays sealed. */
export function lineOfRow(row: Row): string {
  const { id, owner, version, createdAt, expiresAt, data } = row
  const line = JSON.stringify({ id, owner, version, createdAt, expiresAt, data: Buffer.from(data).toString('base64') })
  if (line.length > MAX_LINE)
    throw new SessionError('INVALID_ARGUMENT', `A row has more than ${MAX_LINE} characters as a line; no session is that large.`)
  return line
}

const isInstant = (value: unknown): value is number => Number.isSafeInteger(value)
const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value)

/** The row in a parsed line, or undefined if it is none. */
export function rowOfLine(value: Readonly<Record<string, unknown>>): Row | undefined {
  if (Object.keys(value).sort().join() !== FIELDS) return undefined
  const { id, owner, version, createdAt, expiresAt, data } = value
  if (!isId(id) || (owner !== null && !isId(owner))) return undefined
  if (!isInstant(version) || version < 1 || !isInstant(createdAt) || !isInstant(expiresAt)) return undefined
  if (typeof data !== 'string' || !BASE64.test(data)) return undefined
  return { id, owner, version, createdAt, expiresAt, data: new Uint8Array(Buffer.from(data, 'base64')) }
}
