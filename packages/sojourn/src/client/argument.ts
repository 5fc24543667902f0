import { SessionError } from '../errors.js'

/** No token is longer; what is longer is not worth a request. */
const LONGEST_TOKEN = 8_192
/** The service allows no longer one, and an address that is much longer is cut off on the way. */
const LONGEST_USER_ID = 255

/**
 * The refusal for something that cannot be a token of any kind (not a string, empty, too long, not visible ASCII), or
 * undefined. Everything else is for the service to judge, tokens of an older system that it takes over included.
 */
export function impossibleToken(token: unknown): SessionError | undefined {
  if (typeof token === 'string' && token.length <= LONGEST_TOKEN && /^[\x21-\x7e]+$/.test(token)) return undefined
  return new SessionError('TOKEN_MALFORMED', 'This is not a session token. Send the user to log in.')
}

/** The two ways to name a session in a body: `{ sessionId }` for a public id, else `{ token }`. */
export function named(tokenOrId: string): { readonly sessionId: string } | { readonly token: string } {
  return tokenOrId.startsWith('sid_') ? { sessionId: tokenOrId } : { token: tokenOrId }
}

/** JSON text of a body. Throws `INVALID_ARGUMENT`, naming the part, for what JSON cannot hold (cycles, big integers). */
export function bodyText(parts: Readonly<Record<string, unknown>>): string {
  const text = stringify(parts)
  if (text !== undefined) return text
  const path = brokenPart(parts, 2)
  throw invalid(path, `${path} cannot be written as JSON. Leave out cycles and big integers.`)
}

/** A user id as one segment of a path. */
export function userSegment(userId: unknown): string {
  // An address cannot hold these as a segment, not even encoded: the URL standard takes `%2e%2e` for `..` and goes one up.
  // Half of a surrogate pair cannot be encoded at all.
  if (typeof userId !== 'string' || userId.length > LONGEST_USER_ID || /^\.{0,2}$/.test(userId) || /\p{Surrogate}/u.test(userId)) {
    throw invalid('userId', 'userId is a text of 1 to 255 characters; over HTTP it cannot be "." or "..".')
  }
  return encodeURIComponent(userId)
}

/** The query of "log out everywhere", with its `?`. Its parts end up in logs, so nothing that could be a token gets in. */
export function terminateQuery(reason: unknown, except: unknown, tenant: unknown): string {
  const query = new URLSearchParams()
  if (reason !== undefined) {
    if (typeof reason !== 'string' || !/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/.test(reason) || reason.length > 64) {
      throw invalid(
        'options.reason',
        'options.reason is lower-case words with dots or dashes, for example security.password-changed, at most 64 characters.',
      )
    }
    query.set('reason', reason)
  }
  if (except !== undefined) {
    if (typeof except !== 'string' || !/^sid_[A-Za-z0-9_-]{1,60}$/.test(except)) {
      throw invalid('options.except', 'options.except is the id (sid_…) of a session, never its token.')
    }
    query.set('except', except)
  }
  if (tenant !== undefined) query.set('tenant', tenantText(tenant))
  return query.size === 0 ? '' : `?${query.toString()}`
}

/** The query of a listing, with its `?`. */
export function listQuery(tenant: unknown): string {
  return tenant === undefined ? '' : `?${new URLSearchParams({ tenant: tenantText(tenant) }).toString()}`
}

function tenantText(tenant: unknown): string {
  if (typeof tenant !== 'string' || tenant === '' || tenant.length > LONGEST_USER_ID)
    throw invalid('options.tenant', 'options.tenant is a text of 1 to 255 characters.')
  return tenant
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    // Only whether it can be done is asked; the error may quote the caller's data.
    return undefined
  }
}

function brokenPart(parts: Readonly<Record<string, unknown>>, depth: number): string {
  for (const [name, value] of Object.entries(parts)) {
    // `undefined` has no JSON and is left out, which is not a fault.
    if (value === undefined || stringify({ value }) !== undefined) continue
    return depth > 1 && typeof value === 'object' && value !== null
      ? `${name}.${brokenPart({ ...value }, depth - 1)}`.replace(/\.$/, '')
      : name
  }
  return ''
}

function invalid(path: string, message: string): SessionError {
  return new SessionError('INVALID_ARGUMENT', message, { path })
}
