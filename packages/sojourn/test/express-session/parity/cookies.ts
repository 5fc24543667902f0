import { sign } from 'cookie-signature'
import { expect, it, vi } from 'vitest'
import { ask, attribute, cookieOf, type Handle, idOf, type Subject, site } from '../rig.js'

const HOUR = 3_600_000

const counting: Handle = (req, res) => {
  req.session['views'] = Number(req.session['views'] ?? 0) + 1
  res.end(`${req.session['views']}`)
}
const reading: Handle = (req, res) => void res.end(String(req.session['views'] ?? 'none'))

export function parityOfCookies(subject: Subject): void {
  it('signs the id with HMAC-SHA-256 as s:<id>.<signature>, and finds the session by it', async () => {
    const { url } = await site(subject, {}, counting)
    const first = await ask(url)
    const cookie = cookieOf(first)
    expect(decodeURIComponent(cookie)).toBe(`connect.sid=s:${sign(idOf(cookie), 'keyboard cat')}`)
    expect((await ask(url, { cookie })).body).toBe('2')
    // Unquoted, quoted, among others, and the first of two with the name.
    expect((await ask(url, { cookie: `a=b; ${cookie.replace('=', '="')}"; connect.sid=x` })).body).toBe('3')
  })

  it('has path and httpOnly, and goes with the browser, unless it is told otherwise', async () => {
    const { url } = await site(subject, {}, counting)
    const answer = await ask(url)
    expect(answer.setCookies).toEqual([`${cookieOf(answer)}; Path=/; HttpOnly`])
  })

  it('has the attributes that it is given', async () => {
    const cookie = {
      path: '/',
      domain: 'example.org',
      httpOnly: false,
      secure: false,
      sameSite: 'lax',
      maxAge: HOUR,
      partitioned: true,
      priority: 'high',
    } as const
    const { url } = await site(subject, { cookie, name: 'shop.sid' }, counting)
    const answer = await ask(url)
    const value = cookieOf(answer, 'shop.sid')
    const expires = new Date(Date.now() + HOUR).toUTCString()
    expect(answer.setCookies).toEqual([
      `${value}; Domain=example.org; Path=/; Expires=${expires}; Partitioned; Priority=High; SameSite=Lax`,
    ])
  })

  it.each([
    [true, 'Strict'],
    ['strict', 'Strict'],
    ['none', 'None'],
    [false, undefined],
  ] as const)('spells sameSite %s as %s', async (sameSite, spelled) => {
    const { url } = await site(subject, { cookie: { sameSite } }, counting)
    expect(attribute(await ask(url), 'SameSite')).toBe(spelled)
  })

  it('takes the instant of expires', async () => {
    const expires = new Date(Date.now() + 2 * HOUR)
    const { url } = await site(subject, { cookie: { expires } }, counting)
    expect(attribute(await ask(url), 'Expires')).toBe(expires.toUTCString())
  })

  it('takes attributes that are a function of the request', async () => {
    const cookie = (req: { url?: string }): object => ({ path: req.url === '/shop' ? '/shop' : '/' })
    const { url } = await site(subject, { cookie }, counting)
    expect(attribute(await ask(url, { path: '/shop' }), 'Path')).toBe('/shop')
    expect(attribute(await ask(url), 'Path')).toBe('/')
  })

  it('lets a page change them for its session, and remembers that', async () => {
    const { url } = await site(subject, { rolling: true }, (req, res) => {
      if (req.url === '/remember') req.session.cookie.maxAge = 10 * HOUR
      req.session['seen'] = true
      res.end(String(req.session.cookie.originalMaxAge))
    })
    const cookie = cookieOf(await ask(url, { path: '/remember' }))
    vi.setSystemTime(Date.now() + HOUR)
    const later = await ask(url, { cookie })
    expect(later.body).toBe(String(10 * HOUR))
    expect(attribute(later, 'Expires')).toBe(new Date(Date.now() + 10 * HOUR).toUTCString())
  })

  it.each([
    ['no signature', (cookie: string) => cookie.replace(/\..*$/, '').replace('s%3A', '')],
    ['a signature that is wrong', (cookie: string) => `${cookie.slice(0, -4)}AAAA`],
    ['another id under the signature', (cookie: string) => cookie.replace('s%3A', 's%3Aa')],
    ['an escape that is none', () => 'connect.sid=s%ZZ'],
    ['nothing in it', () => 'connect.sid='],
  ])('begins a new session for a cookie with %s', async (_what, spoil) => {
    const { url } = await site(subject, {}, counting)
    const cookie = cookieOf(await ask(url))
    const answer = await ask(url, { cookie: spoil(cookie) })
    expect(answer.body).toBe('1')
    expect(cookieOf(answer)).not.toBe(cookie)
  })

  it('signs with the first secret and accepts all of them', async () => {
    const store = subject.store()
    const sites = { ...(store === undefined ? {} : { store }) }
    const old = await site(subject, { ...sites, secret: 'old' }, counting)
    const cookie = cookieOf(await ask(old.url))
    const both = await site(subject, { ...sites, secret: ['new', 'old'] }, counting)
    expect((await ask(both.url, { cookie })).body).toBe('2')
    const fresh = cookieOf(await ask(both.url))
    expect(decodeURIComponent(fresh)).toContain(sign(idOf(fresh), 'new'))
    const only = await site(subject, { ...sites, secret: 'new' }, counting)
    expect((await ask(only.url, { cookie })).body).toBe('1')
    expect((await ask(only.url, { cookie: fresh })).body).toBe('2')
  })

  it('takes a secret of bytes', async () => {
    const { url } = await site(subject, { secret: Buffer.from('keyboard cat') }, counting)
    expect((await ask(url, { cookie: cookieOf(await ask(url)) })).body).toBe('2')
  })

  it('takes the id that cookie-parser has read, where the header says nothing', async () => {
    const store = subject.store()
    const given = { ...(store === undefined ? {} : { store }) }
    const first = await site(subject, given, counting)
    const cookie = cookieOf(await ask(first.url))
    const signed = await site(subject, given, counting, (req) => Object.assign(req, { signedCookies: { 'connect.sid': idOf(cookie) } }))
    expect((await ask(signed.url)).body).toBe('2')
    const value = decodeURIComponent(cookie.slice('connect.sid='.length))
    const raw = await site(subject, given, reading, (req) => Object.assign(req, { cookies: { 'connect.sid': value } }))
    expect((await ask(raw.url)).body).toBe('2')
  })

  it('keeps cookies that others set', async () => {
    const { url } = await site(subject, {}, (req, res) => {
      req.session['a'] = 1
      res.setHeader('Set-Cookie', ['theme=dark', 'lang=en'])
      res.end()
    })
    expect((await ask(url)).setCookies).toEqual(['theme=dark', 'lang=en', expect.stringMatching(/^connect\.sid=/)])
  })

  it.each(['X-Forwarded-Proto: https', 'X-Forwarded-Proto: HTTPS, http'])('is secure behind a proxy that is believed: %s', async (line) => {
    const [name = '', value = ''] = line.split(': ')
    const { url } = await site(subject, { proxy: true, cookie: { secure: true } }, counting)
    expect(attribute(await ask(url, { headers: { [name]: value } }), 'Secure')).toBe(true)
    expect((await ask(url)).setCookies).toEqual([])
    expect((await ask(url, { headers: { [name]: 'http, https' } })).setCookies).toEqual([])
  })

  it.each([false, undefined])('is not sent over http if it is secure, whatever a header says, with proxy %s', async (proxy) => {
    const { url } = await site(subject, { proxy, cookie: { secure: true } }, counting)
    expect((await ask(url, { headers: { 'X-Forwarded-Proto': 'https' } })).setCookies).toEqual([])
  })

  it('asks Express whether the request is secure, if nothing is said of proxies', async () => {
    const { url } = await site(subject, { cookie: { secure: true } }, counting, (req) => Object.assign(req, { secure: true }))
    expect(attribute(await ask(url), 'Secure')).toBe(true)
  })

  it('is secure, or has a sameSite, by the request with auto', async () => {
    const { url } = await site(subject, { proxy: true, cookie: { secure: 'auto', sameSite: 'auto' } }, counting)
    const encrypted = await ask(url, { headers: { 'X-Forwarded-Proto': 'https' } })
    expect([attribute(encrypted, 'Secure'), attribute(encrypted, 'SameSite')]).toEqual([true, 'None'])
    const plain = await ask(url)
    expect([attribute(plain, 'Secure'), attribute(plain, 'SameSite')]).toEqual([undefined, 'Lax'])
  })

  it('is for its path only', async () => {
    const { url } = await site(subject, { cookie: { path: '/shop' } }, (req, res) => {
      if (req.session) req.session['a'] = 1
      res.end(String(req.session !== undefined))
    })
    expect(await ask(url, { path: '/blog?x=/shop' })).toMatchObject({ body: 'false', setCookies: [] })
    const inside = await ask(url, { path: '/shop/cart?x=1' })
    expect([inside.body, attribute(inside, 'Path')]).toEqual(['true', '/shop'])
  })

  it('looks at the path that was asked for and not at the one that a router left', async () => {
    const { url } = await site(subject, { cookie: { path: '/shop' } }, counting, (req) =>
      Object.assign(req, { originalUrl: req.url, url: '/' }),
    )
    expect(attribute(await ask(url, { path: '/shop' }), 'Path')).toBe('/shop')
  })

  it('hands what cannot be a cookie to next, and answers', async () => {
    const { url, errors } = await site(subject, { cookie: { domain: 'a;b' } }, counting)
    expect(await ask(url)).toMatchObject({ status: 200, setCookies: [] })
    await vi.waitFor(() => expect(errors).toEqual([expect.any(TypeError)]))
  })
}
