const UNRESERVED = /^[A-Za-z0-9\-._~]$/

/** Percent-encodings of what needs none are undone, the others get capitals (RFC 3986 6.2.2). */
function normalPath(path: string): string {
  return path.replaceAll(/%([0-9A-Fa-f]{2})/g, (written, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16))
    return UNRESERVED.test(character) ? character : written.toUpperCase()
  })
}

/**
 * An address in the one form in which two of them can be compared: without query and fragment (RFC 9449 4.3, 9), and with
 * scheme, host, port and escapes as RFC 3986 6.2 has them. Undefined for what is no http address, or brings a user name.
 */
export function normalHtu(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > 8_192 || !URL.canParse(text)) return undefined
  const { protocol, origin, pathname, username, password } = new URL(text)
  if ((protocol !== 'https:' && protocol !== 'http:') || username !== '' || password !== '') return undefined
  return origin + normalPath(pathname)
}
