import type { Head } from '../incoming.js'

/** One cookie, as `cookies().set` of `next/headers` takes it. */
export interface NextCookie {
  readonly name: string
  readonly value: string
  readonly path?: string
  readonly domain?: string
  readonly httpOnly?: boolean
  readonly secure?: boolean
  readonly sameSite?: 'lax' | 'strict' | 'none'
  readonly partitioned?: boolean
  /** Seconds. */
  readonly maxAge?: number
}

/** What `cookies()` of `next/headers` resolves to where cookies can be set: in server actions. */
export interface NextCookies {
  set(cookie: NextCookie): unknown
}

const SAME_SITES = ['lax', 'strict', 'none'] as const

/** What one of our own `Set-Cookie` lines says. `Expires` stands there only beside `Max-Age`, for browsers that nobody has any more. */
function cookieOf(line: string): NextCookie {
  const [pair = '', ...attributes] = line.split('; ')
  const said = new Map(attributes.map((attribute) => [attribute.split('=')[0]?.toLowerCase() ?? '', attribute.split('=')[1] ?? '']))
  const [path, domain, maxAge] = [said.get('path'), said.get('domain'), said.get('max-age')]
  const sameSite = SAME_SITES.find((one) => one === said.get('samesite')?.toLowerCase())
  return {
    name: pair.slice(0, pair.indexOf('=')),
    value: pair.slice(pair.indexOf('=') + 1),
    httpOnly: said.has('httponly'),
    secure: said.has('secure'),
    partitioned: said.has('partitioned'),
    ...(path === undefined ? {} : { path }),
    ...(domain === undefined ? {} : { domain }),
    ...(sameSite === undefined ? {} : { sameSite }),
    ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
  }
}

/**
 * The head of the answer to a server action, of which only the cookies can be set. Such an answer is kept by no cache, since it
 * answers a `POST`.
 */
export function nextHead(cookies: NextCookies): Head {
  return {
    get: () => undefined,
    set: () => undefined,
    remove: () => undefined,
    append(name, value) {
      if (name === 'Set-Cookie') cookies.set(cookieOf(value))
    },
  }
}
