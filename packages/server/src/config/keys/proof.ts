import { type ConfigKey, choice, duration, flag, parsed, text } from '../key.js'

const dbsc = 'session_manager.device_bound'
/** Where the service serves it. */
const PATH = '/api/v1/auth/dbsc'

const ALGORITHMS = ['ES256', 'RS256'] as const

function algorithmsIn(value: unknown): ReadonlyArray<(typeof ALGORITHMS)[number]> | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  const found = ALGORITHMS.filter((one) => value.includes(one))
  return found.length === value.length ? found : undefined
}

/** Sessions that are bound to a browser. */
export const deviceBoundKeys: readonly ConfigKey[] = [
  flag(`${dbsc}.enabled`, 'Whether browsers that can are asked to bind their session (Device Bound Session Credentials).', (enabled) => ({
    sessions: { deviceBound: { enabled, path: PATH } },
  })),
  text(
    `${dbsc}.cookie_name`,
    'Name of the short cookie of a bound browser.',
    { pattern: /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/, allowed: 'a name of 1 to 64 letters, digits and - _ .' },
    (cookieName) => ({ sessions: { deviceBound: { cookieName } } }),
  ),
  duration(
    `${dbsc}.cookie_max_age`,
    'How long a short cookie is good for.',
    (cookieMaxAge) => ({ sessions: { deviceBound: { cookieMaxAge } } }),
    60_000,
  ),
  duration(
    `${dbsc}.challenge_ttl`,
    'How long a challenge can be answered; longer than cookie_max_age.',
    (challengeTtl) => ({
      sessions: { deviceBound: { challengeTtl } },
    }),
    60_000,
  ),
  duration(
    `${dbsc}.grace`,
    'How long after its registration a bound session is still good without the short cookie.',
    (grace) => ({ sessions: { deviceBound: { grace } } }),
    0,
  ),
  parsed(
    `${dbsc}.algorithms`,
    'Signatures that browsers may use.',
    'a list of ES256 and RS256, for example ["ES256"]',
    algorithmsIn,
    (algorithms) => ({ sessions: { deviceBound: { algorithms } } }),
  ),
]

const dpop = 'session_manager.dpop'

/** The origins in a list of addresses that are nothing else. */
function originsIn(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > 100) return undefined
  const origins = value.flatMap((one) => (typeof one === 'string' && URL.canParse(one) ? [new URL(one)] : []))
  const areOrigins = origins.every(({ protocol, href, origin }) => /^https?:$/.test(protocol) && href === `${origin}/`)
  return areOrigins && origins.length === value.length ? origins.map(({ origin }) => origin) : undefined
}

/** Tokens that are bound to a key of the client. */
export const dpopKeys: readonly ConfigKey[] = [
  flag(`${dpop}.enabled`, 'Whether sessions can be bound to a key at their creation (RFC 9449).', (enabled) => ({
    sessions: { dpop: { enabled } },
  })),
  parsed(
    `${dpop}.public_urls`,
    'Origins of the applications whose requests are proved; that of the service among them if it is called with such tokens.',
    'a list of 1 to 100 origins, for example ["https://api.example.com"]',
    originsIn,
    (publicUrl) => ({ sessions: { dpop: { publicUrl } } }),
  ),
  duration(`${dpop}.proof_lifetime`, 'How old a proof may be.', (proofLifetime) => ({ sessions: { dpop: { proofLifetime } } }), 1_000),
  choice(`${dpop}.nonce`, 'When a proof must be made over a nonce of the service.', ['never', 'renewal', 'always'], (nonce) => ({
    sessions: { dpop: { nonce } },
  })),
]
