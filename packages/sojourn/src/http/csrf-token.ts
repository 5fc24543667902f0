import { deriveKey, equal, type Key, keyFrom, mac } from '../crypto/hash.js'
import { randomSecret } from '../crypto/secret.js'
import type { Session } from '../session.js'

/** Makes and checks the tokens that a page puts into its forms. */
export interface CsrfTokens {
  /** A token for the pages of this session. Another one at each call, so that a compressed page does not give it away (BREACH). */
  issue(session: Session): string
  /** Whether one of our keys made this token for this session since its last login. Anything but a text is not one. */
  check(session: Session, token: unknown): boolean
}

const SHAPE = /^[\w-]{43}\.[\w-]{43}$/

function signature(key: Key, { id, authTime }: Session, random: string): string {
  // With the time of the login: one that a page had before a step-up is worth nothing after it (CVE-2018-11406).
  return mac(key, id, String(authTime.getTime()), random)
}

/** Tokens under these secrets: the first one makes them, all of them check. */
export function csrfTokens(secrets: readonly string[]): CsrfTokens {
  const keys = secrets.map((secret) => deriveKey(keyFrom(Buffer.from(secret)), 'sojourn/csrf'))
  const [first = deriveKey(keyFrom(Buffer.from(randomSecret())), 'sojourn/csrf')] = keys
  const checking = keys.length === 0 ? [first] : keys
  return Object.freeze({
    issue(session: Session): string {
      const random = randomSecret()
      return `${random}.${signature(first, session, random)}`
    },
    check(session: Session, token: unknown): boolean {
      if (typeof token !== 'string' || !SHAPE.test(token)) return false
      const [random = '', sent = ''] = token.split('.')
      const fits = checking.map((key) => equal(signature(key, session, random), sent))
      return fits.includes(true)
    },
  })
}
