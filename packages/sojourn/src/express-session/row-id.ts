import { sha256 } from '../crypto/hash.js'

/** What the keys and names of these records are derived for. */
export const PURPOSE = 'sojourn/express-session'
/** Tells these rows from those of the engine in the same store. */
const MARK = '-es-'
const OWN_ROW = /^[a-z2-7]{2}-es-/
const BUCKET_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** The name of the row of a session: says nothing of the id, and nobody else's row has it. */
export function rowIdOf(id: string): string {
  const hash = sha256(`${PURPOSE}/name/${id}`)
  const [first = 0, second = 0] = Buffer.from(hash.slice(0, 4), 'base64url')
  return BUCKET_ALPHABET.charAt(first & 31) + BUCKET_ALPHABET.charAt(second & 31) + MARK + hash
}

/** Whether this is a row of a session of express-session. */
export function isOwnRow(rowId: string): boolean {
  return OWN_ROW.test(rowId)
}
