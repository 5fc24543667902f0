import { SessionError } from '../errors.js'
import { cookieValue, type Presented } from './credentials.js'
import type { IncomingRequest } from './incoming.js'

/** The cookies of older libraries whose sessions are taken over. */
export interface OldCookies {
  /** The first one that the request brings. One that stands there twice with different values names nobody. */
  find(incoming: Pick<IncomingRequest, 'header'>): Presented | 'none'
  /** The `Set-Cookie` lines that take back those that the request brings. */
  clearing(incoming: Pick<IncomingRequest, 'header'>): readonly string[]
}

// RFC 9110 5.6.2.
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
/** Each is looked for in every request without a cookie of ours. */
const MOST = 8

/** Browsers take a cookie with such a prefix back only from a line that is `Secure` too. */
const lineFor = (name: string): string =>
  `${name}=; Path=/; HttpOnly;${/^__(?:host|secure)-/i.test(name) ? ' Secure;' : ''} SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT`

/** Reads the option `legacyCookies`. Throws `CONFIG_INVALID`. `own` is the name of our own cookie. */
export function oldCookies(names: readonly string[], own: string): OldCookies {
  const fits = (name: unknown): boolean => typeof name === 'string' && NAME.test(name) && name !== own
  if (!Array.isArray(names) || names.length > MOST || !names.every(fits)) {
    const told = `legacyCookies: allowed are at most ${MOST} names of cookies, none of them ${own}.`
    throw new SessionError('CONFIG_INVALID', told, { path: 'legacyCookies' })
  }
  const valueIn = (incoming: Pick<IncomingRequest, 'header'>, name: string): ReturnType<typeof cookieValue> =>
    cookieValue(incoming.header('cookie'), name)
  return Object.freeze<OldCookies>({
    find(incoming) {
      for (const name of names) {
        const found = valueIn(incoming, name)
        if (typeof found === 'object' && found.value !== '') return { token: found.value, transport: 'cookie' }
      }
      return 'none'
    },
    clearing: (incoming) => names.filter((name) => valueIn(incoming, name) !== 'none').map(lineFor),
  })
}
