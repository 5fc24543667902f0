import type { Clock, Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import type { JwtKeys } from './jwt-keys.js'
import { type Credential, decodeTail, encodeTail, TAIL_LENGTH, type Ticket } from './ticket.js'

/** What every token of one installation says alike. */
export interface JwtRules {
  readonly issuer: string
  readonly audience: string
  readonly clientId: string
  /** How far the clocks of two nodes may be apart. */
  readonly leeway: Millis
}

/** What a token says of its session. Instants are seconds since the epoch. */
export interface JwtFacts {
  readonly subject: string
  readonly issuedAt: number
  readonly expires: number
  readonly authTime: number
  readonly acr?: string
  readonly amr?: readonly string[]
}

export interface JwtCodec {
  encode(ticket: Ticket, use: Credential['use'], facts: JwtFacts): string
  decode(text: string): Credential | 'malformed' | 'foreign'
}

/** Ours have about 700; a proxy or a cookie would not carry more (CVE-2025-30204, CVE-2024-28176). */
export const MAX_JWT_LENGTH = 8_192
/** Three segments, none empty: one look, nothing is split. */
const FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/
/** A public id, as it stands before the row's own. */
const SID = /^sid_([a-z2-7]{2}[\w-]{22})$/
const USES: Readonly<Record<string, Credential['use']>> = Object.freeze({ s: 'session', a: 'access' })
const JTI = new RegExp(`^([as])\\.([\\w-]{${TAIL_LENGTH}})$`)

/** Every claim there is, with its test. A token that says anything else was not written by us. */
const CLAIMS: Readonly<Record<string, (value: unknown) => boolean>> = Object.freeze({
  iss: isText,
  sub: isText,
  aud: isText,
  client_id: isText,
  iat: isSeconds,
  nbf: isSeconds,
  exp: isSeconds,
  auth_time: isSeconds,
  acr: isText,
  amr: (value: unknown) => Array.isArray(value) && value.every(isText),
  sid: isText,
  jti: isText,
})
const OPTIONAL: readonly string[] = ['acr', 'amr']

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

interface Claims {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly client_id: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  readonly auth_time: number
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly sid: string
  readonly jti: string
}

function parse(segment: string): unknown {
  const text = Buffer.from(segment, 'base64url').toString()
  try {
    const value: unknown = JSON.parse(text)
    // The text is what we would write: no name twice, no blanks, no other spelling of a letter, nothing behind it.
    return JSON.stringify(value) === text ? value : undefined
  } catch {
    // Not JSON, or nested beyond what can be written: no token of ours.
    return undefined
  }
}

/** Claims as we write them, or undefined. Only for a payload whose signature was found right. */
function readClaims(segment: string): Claims | undefined {
  const value = parse(segment)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const entries = Object.entries(value)
  const isKnown = entries.every(([name, claim]) => Object.hasOwn(CLAIMS, name) && CLAIMS[name]?.(claim) === true)
  const isWhole = Object.keys(CLAIMS).every((name) => OPTIONAL.includes(name) || Object.hasOwn(value, name))
  return isKnown && isWhole ? (value as Claims) : undefined
}

/**
 * JWT tokens in the shape of RFC 9068: another spelling of the same ticket. `sid` is the public id of the session; `jti` is
 * what an opaque token says beside it (generation, key slot, secret), and whether the token is of a session or for access.
 */
export function jwtCodec(keys: JwtKeys, rules: JwtRules, clock: Clock): JwtCodec {
  const { issuer, audience, clientId, leeway } = rules

  function ticketOf({ iss, aud, iat, nbf, exp, sid, jti }: Claims): Credential | 'foreign' {
    const soon = (clock.now() + leeway) / 1_000
    if (iss !== issuer || aud !== audience || iat > soon || nbf > soon || exp <= iat) return 'foreign'
    const rowId = SID.exec(sid)?.[1]
    const [, mark = '', tail = ''] = JTI.exec(jti) ?? []
    const use = USES[mark]
    return rowId === undefined || use === undefined ? 'foreign' : { rowId, ...decodeTail(tail), use, expires: exp, issued: iat }
  }

  return Object.freeze({
    encode(ticket: Ticket, use: Credential['use'], { subject, issuedAt, expires, authTime, acr, amr }: JwtFacts): string {
      const active = keys.active(clock.now())
      if (active === undefined) {
        throw new SessionError(
          'CONFIG_INVALID',
          'jwt.secret: this secret was killed, so nothing can be signed with it. Configure a new one.',
          {
            path: 'jwt.secret',
          },
        )
      }
      const claims: Claims = {
        iss: issuer,
        sub: subject,
        aud: audience,
        client_id: clientId,
        iat: issuedAt,
        nbf: issuedAt,
        exp: expires,
        auth_time: authTime,
        ...(acr === undefined ? {} : { acr }),
        ...(amr === undefined ? {} : { amr }),
        sid: `sid_${ticket.rowId}`,
        jti: `${use === 'session' ? 's' : 'a'}.${encodeTail(ticket)}`,
      }
      const body = `${active.header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
      return `${body}.${active.signer.sign(body)}`
    },
    decode(text: string): Credential | 'malformed' | 'foreign' {
      if (text.length > MAX_JWT_LENGTH || !FORM.test(text)) return 'malformed'
      const first = text.indexOf('.')
      const last = text.lastIndexOf('.')
      const signer = keys.byHeader(text.slice(0, first))
      // The signature first: of what is not ours, nothing is read (RFC 8725 3.3).
      if (signer === undefined || !signer.verify(text.slice(0, last), text.slice(last + 1))) return 'foreign'
      const claims = readClaims(text.slice(first + 1, last))
      return claims === undefined ? 'foreign' : ticketOf(claims)
    },
  })
}
