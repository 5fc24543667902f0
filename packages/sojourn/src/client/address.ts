import { SessionError } from '../errors.js'

/** Registered, so that the ESM and the CommonJS copy of this library understand each other. */
const clearText: unique symbol = Symbol.for('sojourn.client.clear-text-url')

/** The address of a service that is reached without encryption. Only `dangerouslySendKeyAndTokensUnencrypted` makes one. */
export interface ClearTextUrl {
  readonly [clearText]: string
}

/**
 * Lets the client speak plain `http:` with another host: everybody on the way can read the service key and every token, and
 * use them. Meant for a network that is encrypted below HTTP (WireGuard, a service mesh), and for nothing else.
 */
export function dangerouslySendKeyAndTokensUnencrypted(url: string): ClearTextUrl {
  return Object.freeze({ [clearText]: url })
}

/**
 * The address under which the API lies, without a slash at the end. Takes the root of the service, which may have a path.
 * Throws `CONFIG_INVALID` for anything but `https:` and loopback `http:`, and for user info, a query or a fragment.
 */
export function apiAddress(url: string | ClearTextUrl): string {
  const unencrypted = typeof url === 'object' && url !== null && typeof url[clearText] === 'string'
  const text = unencrypted ? url[clearText] : url
  const parsed = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw refused('This is not an http address. Give the root of the session service, for example https://sessions.example.com.')
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw refused('The address holds a user name or password, which would end up in logs. Give the key as serviceKey.')
  }
  if (parsed.search !== '' || parsed.hash !== '')
    throw refused('The address holds a query or a fragment. Give the root of the service only.')
  if (parsed.protocol === 'http:' && !unencrypted && !isLoopback(parsed.hostname)) {
    throw refused(
      'Over http the service key and all tokens can be read on the way. Use https, or http to this host (127.0.0.1, localhost).',
    )
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}/api/v1`
}

/** The URL parser has brought every spelling of an IPv4 address to four decimal numbers; `.localhost` is RFC 6761. */
function isLoopback(hostname: string): boolean {
  return hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname) || /^(.+\.)?localhost$/.test(hostname)
}

/** The address itself is not repeated: it may hold a password. */
function refused(message: string): SessionError {
  return new SessionError('CONFIG_INVALID', message, { path: 'url' })
}
