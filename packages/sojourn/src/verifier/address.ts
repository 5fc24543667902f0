import { SessionError } from '../errors.js'

const LOOPBACK = /^(?:\[::1\]|127(?:\.\d+){3}|(?:.+\.)?localhost)$/

/** An address that a key may be sent to, or keys be taken from. Throws `CONFIG_INVALID` for anything but `https:` and loopback `http:`. */
export function checkedAddress(path: string, text: unknown): string {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))
  if (url === undefined || !isSafe || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new SessionError(
      'CONFIG_INVALID',
      `${path}: it must be an https address (http on this host only) without a user, a query and a fragment.`,
      { path },
    )
  return url.href
}
