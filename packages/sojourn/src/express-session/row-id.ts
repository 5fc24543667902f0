import { sha256 } from '../crypto/hash.js'

/** What the keys and names of these records are derived for. */
export const PURPOSE = 'sojourn/express-session'
/** Tells these rows from those of the engine in the same store. */
const MARK = '-es-'
const OWN_ROW = /^[a-z2-7]{2}-es-/
const BUCKET_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const bitsAt = (text: string, at: number): number => BASE64URL.indexOf(text.charAt(at))

/** The name of the row of a session: says nothing of the id, and nobody else's row has it. */
export function rowIdOf(id: string): string {
  const hash = sha256(`${PURPOSE}/name/${id}`)
  const [a, b, c] = [bitsAt(hash, 0), bitsAt(hash, 1), bitsAt(hash, 2)]
  // The lower five bits of its first two bytes.
  return BUCKET_ALPHABET.charAt(((a & 7) << 2) | (b >> 4)) + BUCKET_ALPHABET.charAt(((b & 1) << 4) | (c >> 2)) + MARK + hash
}

/** Whether this is a row of a session of express-session. */
export function isOwnRow(rowId: string): boolean {
  return OWN_ROW.test(rowId)
}
