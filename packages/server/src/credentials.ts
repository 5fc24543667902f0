import type { Context } from 'hono'
import { secretsEqual } from 'sojourn'
import { bearerToken, credentialInAddress, findCredential } from 'sojourn/http'
import { Problem } from './problem.js'

/** A session token and the way it came. */
export interface Presented {
  readonly token: string
  readonly transport: 'cookie' | 'bearer' | 'dpop'
}

/** Names under which keys are put into addresses; those of tokens are known to the library. */
const CREDENTIAL_NAMES: readonly string[] = ['api_key', 'admin_key', 'key', 'service_key', 'session', 'sid', 'token']

/** Refuses a token in the address (RFC 6750 2.3 discourages it, OAuth 2.1 forbids it), also beside another one that would do. */
export function refuseCredentialInAddress(c: Context, cookieName: string): void {
  const { pathname, search } = new URL(c.req.url)
  const found = credentialInAddress(pathname + search, [...CREDENTIAL_NAMES, cookieName])
  if (found !== undefined) {
    const detail = `${found}: A token or key is never accepted in the address. Take it for known to others, end it, and send the next one in a header.`
    throw new Problem(400, 'INVALID_ARGUMENT', detail, {
      path: found,
      headers: { 'WWW-Authenticate': 'Bearer realm="session", error="invalid_request"' },
      isSuspicious: true,
    })
  }
}

/** Which of these keys was sent; -1 for none. All are compared, so that the time tells nothing about which one fits. */
export function fittingKey(sent: string, keys: readonly string[]): number {
  return keys.map((key) => secretsEqual(sent, key)).indexOf(true)
}

/**
 * Lets the holder of one of these keys in and nobody else, and answers which one it is. What is refused here says nothing
 * about any session, so it has no code of a token. With `basic` the key may come as a password as well; whatever name stands
 * before it.
 */
export function demandKey(c: Context, realm: 'service' | 'admin', keys: readonly string[], basic = false): number {
  const sent = bearerToken(c.req.header('authorization')) ?? (basic ? basicPassword(c) : undefined)
  const fitting = sent === undefined ? -1 : fittingKey(sent, keys)
  if (fitting >= 0) return fitting
  const [error, detail] =
    sent === undefined
      ? ['', `This call takes the ${realm} key as Authorization: Bearer <key>.`]
      : [
          ', error="invalid_token"',
          `This is not the ${realm} key of this service. The service key and the admin key are two different ones.`,
        ]
  const challenge = `Bearer realm="${realm}"${error}${basic ? `, Basic realm="${realm}"` : ''}`
  throw new Problem(401, 'PERMISSION_DENIED', detail, {
    headers: { 'WWW-Authenticate': challenge },
    // RFC 6749 5.2: what clients of OAuth look for.
    ...(basic ? { members: { error: 'invalid_client' } } : {}),
    isSuspicious: sent !== undefined,
  })
}

/** The password of `Authorization: Basic`, decoded as a form is (RFC 6749 2.3.1); undefined for another scheme or no base64. */
function basicPassword(c: Context): string | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(c.req.header('authorization')?.trim() ?? '')?.[1]
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 0) return undefined
  return new URLSearchParams(`password=${text.slice(colon + 1).replaceAll('&', '%26')}`).get('password') ?? undefined
}

/** The token of a user, from exactly one place. Two credentials leave open who asks (RFC 6750 2; CVE-2022-46170). */
export function presentedToken(c: Context, cookieName: string): Presented {
  const proved = dpopToken(c.req.header('authorization'))
  // One of the two places is the header: with a proved token in it, what the library finds is the cookie.
  const beside = findCredential({ header: (name) => c.req.header(name) }, cookieName, 'either')
  const found = proved === undefined ? beside : beside === 'none' ? ({ token: proved, transport: 'dpop' } as const) : 'more'
  if (found === 'more') {
    const detail = 'The request carries more than one session token. Send one: as the cookie, or as Authorization: Bearer.'
    const headers = { 'WWW-Authenticate': 'Bearer realm="session", error="invalid_request"' }
    throw new Problem(400, 'INVALID_ARGUMENT', detail, { headers, isSuspicious: true })
  }
  if (found !== 'none') return found
  const detail = 'No session token was sent. Send it as the cookie, or as Authorization: Bearer <token>, or log in.'
  // No error code: the client may not have known that it needs one (RFC 6750 3.1).
  throw new Problem(401, 'TOKEN_MALFORMED', detail, { headers: { 'WWW-Authenticate': 'Bearer realm="session"' } })
}

/** What follows `DPoP` (RFC 9449 7.1); undefined if the header is absent, empty or of another scheme. */
function dpopToken(authorization: string | undefined): string | undefined {
  const sent = /^dpop(?: +(.*))?$/i.exec(authorization?.trim() ?? '')?.[1]
  return sent === '' ? undefined : sent
}
