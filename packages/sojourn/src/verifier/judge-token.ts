import type { Clock, Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import { kidInHeader } from '../token/jwt-keys.js'
import { readProof } from '../token/proof-jwt.js'
import type { FeedReader } from './feed-reader.js'
import type { TokenKeys } from './token-keys.js'

/** What a token that was accepted says. */
export interface VerifiedClaims {
  /** `sid_…`: public id of the session. */
  readonly sessionId: string
  /** `sub`: the user, as `jwt.subject` of the issuer has it. */
  readonly subject: string
  readonly clientId: string
  readonly issuedAt: Date
  readonly expiresAt: Date
  readonly authTime: Date
  readonly acr?: string
  readonly amr?: readonly string[]
}

export interface TokenRules {
  readonly issuer: string
  readonly audience: string
  readonly leeway: Millis
}

type Verdict = { readonly isValid: true; readonly claims: VerifiedClaims } | { readonly isValid: false; readonly error: SessionError }

interface Claims extends Omit<VerifiedClaims, 'issuedAt' | 'expiresAt' | 'authTime'> {
  readonly iat: number
  readonly exp: number
  readonly authTime: number
}

/** Names of keys that somebody makes up cost the service one question in this time. */
const PAUSE: Millis = 1_000

const no = (error: SessionError): Verdict => ({ isValid: false, error })
const invalid = (told: string): Verdict => no(new SessionError('TOKEN_INVALID', told))
const isSeconds = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** The claims, if they are those of a token for this service that began and is not too long; the end is judged apart. */
function readClaims(all: Readonly<Record<string, unknown>>, rules: TokenRules, maxLifetime: number, now: Millis): Claims | undefined {
  const { iss, aud, sub, sid, client_id: clientId, iat, nbf, exp, auth_time: authTime, acr, amr } = all
  if (iss !== rules.issuer || aud !== rules.audience) return undefined
  if (!isText(sub) || !isText(sid) || !isText(clientId) || !isSeconds(iat) || !isSeconds(nbf) || !isSeconds(exp) || !isSeconds(authTime))
    return undefined
  const soon = (now + rules.leeway) / 1_000
  if (iat > soon || nbf > soon || exp <= iat || exp - iat > maxLifetime) return undefined
  if ((acr !== undefined && !isText(acr)) || (amr !== undefined && !(Array.isArray(amr) && amr.every(isText)))) return undefined
  return {
    sessionId: sid,
    subject: sub,
    clientId,
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    iat,
    exp,
    authTime,
  }
}

/** After a key was killed another one signs at once, and is in the feed before the next question would have been asked. */
async function isGood(kid: string, feed: FeedReader): Promise<boolean> {
  if (feed.known()?.isKeyGood(kid) === true) return true
  if (feed.age() < PAUSE) return false
  await feed.ask()
  return feed.known()?.isKeyGood(kid) === true
}

/** Judges one token: the key by its name, the signature, then what it claims, then whether that was revoked. */
export async function judgeToken(token: unknown, rules: TokenRules, feed: FeedReader, keys: TokenKeys, clock: Clock): Promise<Verdict> {
  const kid = typeof token === 'string' ? kidInHeader(token) : undefined
  if (kid === undefined)
    return no(new SessionError('TOKEN_MALFORMED', 'This is not an access token of the issuer. Send the one that the login gave.'))
  // Killed, or of nobody: in both cases nothing is fetched for it.
  if (!(await isGood(kid, feed))) return invalid('This token was signed with a key that is not good. Renew the session, or log in again.')
  const known = feed.known()
  const key = await keys.find(kid)
  if (key === undefined || known === undefined)
    return invalid('The key of this token is not published. Renew the session, or log in again.')
  const read = readProof(token, { typ: 'at+jwt', algorithms: [key.algorithm], key })
  if (read.kind !== 'proof') return invalid('The signature of this token is not right. Log in again.')
  const now = clock.now()
  const claims = readClaims(read.claims, rules, known.maxLifetime, now)
  if (claims === undefined) return invalid('This token is not for this service, or not from its issuer. Log in again.')
  const { iat, exp, authTime, ...rest } = claims
  if (now >= exp * 1_000)
    return no(
      new SessionError('SESSION_EXPIRED', 'This access token is over. Renew the session to get the next one.', {
        expired: 'lifetime',
        renewable: true,
      }),
    )
  if (known.isRevoked(rest.sessionId, rest.subject, authTime))
    return no(new SessionError('SESSION_REVOKED', 'This session has ended. Log in again.', { reason: 'revoked' }))
  const instants = { issuedAt: new Date(iat * 1_000), expiresAt: new Date(exp * 1_000), authTime: new Date(authTime * 1_000) }
  return { isValid: true, claims: Object.freeze({ ...rest, ...instants }) }
}
