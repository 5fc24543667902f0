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
    throw new Problem(400, 'INVALID_ARGUMENT', detail, { path: found, isSuspicious: true })
  }
}

/** Lets the holder of a key in and nobody else. What is refused here says nothing about any session, so it has no code of a token. */
export function demandKey(c: Context, realm: 'service' | 'admin', key: string): void {
  const sent = bearerToken(c.req.header('authorization'))
  if (sent !== undefined && secretsEqual(sent, key)) return
  const [challenge, detail] =
    sent === undefined
      ? [`Bearer realm="${realm}"`, `This call takes the ${realm} key as Authorization: Bearer <key>.`]
      : [
          `Bearer realm="${realm}", error="invalid_token"`,
          `This is not the ${realm} key of this service. The service key and the admin key are two different ones.`,
        ]
  throw new Problem(401, 'PERMISSION_DENIED', detail, { headers: { 'WWW-Authenticate': challenge }, isSuspicious: sent !== undefined })
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
