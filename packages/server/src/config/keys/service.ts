import { isSessionError, parseDuration } from 'sojourn'
import { proxiesOf } from 'sojourn/http'
import { type ConfigKey, choice, duration, flag, parsed, text, whole } from '../key.js'

/** The origin in a text, which is nothing but one: `https://id.example.com`. */
function originIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined
  const { origin, protocol, href } = new URL(value)
  return /^https?:$/.test(protocol) && (href === `${origin}/` || href === origin) ? origin : undefined
}

function originsIn(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > 100) return undefined
  const origins = value.map(originIn).filter((origin) => origin !== undefined)
  return origins.length === value.length ? origins : undefined
}

function rangesIn(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > 100 || !value.every((range) => typeof range === 'string')) return undefined
  try {
    proxiesOf(value, 'x-forwarded')
    return value
  } catch (fault) {
    if (isSessionError(fault)) return undefined
    throw fault
  }
}

// RFC 9110 5.6.2. The prefixes count in any spelling where a cookie is set, and in this one only where it is compared.
const COOKIE_NAME = {
  pattern:
    /^(?!__[Hh][Oo][Ss][Tt]-)(?!__[Ss][Ee][Cc][Uu][Rr][Ee]-)[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$|^__(?:Host|Secure)-[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/,
  allowed: 'a name of 1 to 64 letters, digits and - _ . after the prefix __Host- or __Secure- or none',
}

/** The service itself. */
export const serviceKeys: readonly ConfigKey[] = [
  text(
    'service.host',
    'The address that is listened on.',
    { pattern: /^[0-9A-Za-z.:-]{1,253}$/, allowed: 'a host name or address, for example 127.0.0.1' },
    (host) => ({ host }),
  ),
  whole('service.port', 'The port that is listened on; 0 for any that is free.', [0, 65_535], (port) => ({ port })),
  text(
    'service.data_dir',
    'The folder of the database, the keys and the audit log.',
    { pattern: /^[^\0]{1,4096}$/, allowed: 'the path of a folder' },
    (dataDir) => ({ dataDir }),
  ),
  parsed(
    'service.public_url',
    'The origin under which browsers reach the service.',
    'an origin, for example https://id.example.com',
    originIn,
    (publicUrl) => ({ publicUrl }),
  ),
  parsed(
    'service.allowed_origins',
    'Further origins whose pages may call with the cookie.',
    'a list of at most 100 origins, for example ["https://app.example.com"]',
    originsIn,
    (allowedOrigins) => ({ allowedOrigins }),
  ),
  parsed(
    'service.trust_proxy',
    'The proxies in front of the service, whose word about the client is taken.',
    'a list of at most 100 addresses and ranges, for example ["10.0.0.0/8", "::1"]',
    rangesIn,
    (trustProxy) => ({ trustProxy }),
  ),
  choice('service.forwarded_header', 'Which header these proxies write.', ['x-forwarded', 'forwarded'], (forwardedHeader) => ({
    forwardedHeader,
  })),
  text('service.cookie.name', 'The name of the session cookie.', COOKIE_NAME, (name) => ({ cookie: { name } })),
  flag('service.cookie.secure', 'False for plain http on this host only.', (secure) => ({ cookie: { secure } })),
  choice('service.cookie.same_site', 'To which requests of other sites browsers add the cookie.', ['lax', 'strict', 'none'], (value) => ({
    cookie: { sameSite: ({ lax: 'Lax', strict: 'Strict', none: 'None' } as const)[value] },
  })),
  duration('service.recent_auth', 'How old a login may be with which a user ends other sessions of theirs.', (time) => ({
    recentAuth: parseDuration(time) ?? 0,
  })),
  choice('service.log_level', 'The least important lines that are written.', ['debug', 'info', 'warn', 'error', 'silent'], (logLevel) => ({
    logLevel,
  })),
  choice('service.log_format', 'Lines for machines or for people.', ['json', 'text'], (format) => ({ logPretty: format === 'text' })),
]
