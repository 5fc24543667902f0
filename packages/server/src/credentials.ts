import type { Context } from 'hono'
import { secretsEqual } from 'sojourn'
import { cookieValues } from './cookies.js'
import { Problem } from './problem.js'
import type { CallSettings } from './settings.js'

/** A session token and the way it came. */
export interface Presented {
  readonly token: string
  readonly transport: 'cookie' | 'bearer' | 'dpop'
}

/** Names under which tokens and keys are put into addresses, which stand in logs, histories and `Referer` headers. */
const CREDENTIAL_NAMES: readonly string[] = [
  'access_token',
  'api_key',
  'admin_key',
  'key',
  'service_key',
  'session',
  'session_token',
  'sid',
  'token',
]

/** Refuses a token in the address (RFC 6750 2.3 discourages it, OAuth 2.1 forbids it), also beside another one that would do. */
export function refuseCredentialInAddress(c: Context, cookieName: string): void {
  const query = new URL(c.req.url).searchParams
  const found = [...CREDENTIAL_NAMES, cookieName].find((name) => query.has(name))
  if (found !== undefined) {
    const detail = `${found}: A token or key is never accepted in the address. Take it for known to others, end it, and send the next one in a header.`
    throw new Problem(400, 'INVALID_ARGUMENT', detail, { path: found, isSuspicious: true })
  }
}

/** Lets the holder of a key in and nobody else. What is refused here says nothing about any session, so it has no code of a token. */
export function demandKey(c: Context, realm: 'service' | 'admin', key: string): void {
  const sent = bearer(c)
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
export function presentedToken(c: Context, { cookie }: CallSettings): Presented {
  const proved = schemeValue(c, 'dpop')
  const header = proved ?? bearer(c)
  const cookies = [...new Set(cookieValues(c.req.header('cookie'), cookie.name))]
  const count = cookies.length + (header === undefined ? 0 : 1)
  if (count > 1) {
    throw new Problem(
      400,
      'INVALID_ARGUMENT',
      'The request carries more than one session token. Send one: as the cookie, or as Authorization: Bearer.',
      {
        headers: { 'WWW-Authenticate': 'Bearer realm="session", error="invalid_request"' },
        isSuspicious: true,
      },
    )
  }
  if (header !== undefined) return { token: header, transport: proved === undefined ? 'bearer' : 'dpop' }
  const [value] = cookies
  if (value !== undefined) return { token: value, transport: 'cookie' }
  throw new Problem(
    401,
    'TOKEN_MALFORMED',
    'No session token was sent. Send it as the cookie, or as Authorization: Bearer <token>, or log in.',
    {
      // No error code: the client may not have known that it needs one (RFC 6750 3.1).
      headers: { 'WWW-Authenticate': 'Bearer realm="session"' },
    },
  )
}

function bearer(c: Context): string | undefined {
  return schemeValue(c, 'bearer')
}

/** What follows the name of the scheme; undefined if the header is absent, empty or of another scheme. Two headers arrive as one with a comma and fit nobody. */
function schemeValue(c: Context, scheme: 'bearer' | 'dpop'): string | undefined {
  const [, name, sent] = /^(bearer|dpop)(?: +(.*))?$/i.exec(c.req.header('authorization')?.trim() ?? '') ?? []
  return name?.toLowerCase() !== scheme || sent === '' ? undefined : sent
}
