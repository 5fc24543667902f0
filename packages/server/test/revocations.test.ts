import { join } from 'node:path'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { createSessionManager, type RevocationFeed, type SessionManager, type SessionManagerOptions } from 'sojourn'
import { createJwtVerifier, type JwtVerifier, type JwtVerifierOptions } from 'sojourn/jwt'
import { memoryStore } from 'sojourn/memory'
import { sqliteStore } from 'sojourn/sqlite'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createService, type ServiceApp } from '../src/index.js'
import { temporaryFolder } from './support/folder.js'
import { ADMIN_KEY, SERVICE_KEY, SETTINGS, testService } from './support/service.js'

const MASTER = Uint8Array.from({ length: 32 }, (_, i) => (i * 53 + 7) & 255)
const ISSUER = 'https://id.example'
const AUDIENCE = 'https://api.example'
const FEED = '/.well-known/sojourn-revocations'
const OPTIONS: SessionManagerOptions = {
  tokenType: 'jwt',
  refreshToken: true,
  cleanupInterval: 0,
  keys: { master: MASTER },
  jwt: { issuer: ISSUER, audience: AUDIENCE, revocationFeed: true },
}

interface House {
  readonly clock: FakeClock
  readonly here: SessionManager
  /** Another node on the same store. */
  readonly there: SessionManager
  readonly verifier: JwtVerifier
  /** What the service answers to, from now on. */
  serve(app: ServiceApp | 'cut'): void
  verdict(token: string): Promise<string>
  readonly asked: { readonly url: string; readonly authorization: string | null; readonly status: number }[]
}

/** Two nodes on one store, a service over the second, and a verifier that knows that service only. */
async function house(options: SessionManagerOptions = {}, rules: Partial<JwtVerifierOptions> = {}): Promise<House> {
  const clock = fakeClock()
  const storage = await memoryStore()
  const open = (): Promise<SessionManager> => createSessionManager({ ...OPTIONS, clock, storage, ...options })
  const [here, there] = [await open(), await open()]
  let app: ServiceApp | 'cut' = createService({ sessions: there, settings: SETTINGS, clock })
  const asked: { url: string; authorization: string | null; status: number }[] = []
  const verifier = createJwtVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUrl: `${ISSUER}/.well-known/jwks.json`,
    feedUrl: `${ISSUER}${FEED}`,
    serviceKey: SERVICE_KEY,
    clock,
    async fetch(url, init) {
      const request = new Request(url, init)
      const answer = app === 'cut' ? Promise.reject(new TypeError('fetch failed')) : app.fetch(request)
      const { status } = await answer
      asked.push({ url: request.url, authorization: request.headers.get('authorization'), status })
      return await answer
    },
    ...rules,
  })
  onTestFinished(async () => {
    verifier.close()
    await here.close()
    await there.close()
  })
  return {
    clock,
    here,
    there,
    verifier,
    asked,
    serve(next) {
      app = next
    },
    async verdict(token) {
      try {
        const result = await verifier.verify(token)
        return result.isValid ? 'ok' : result.error.code
      } catch (error) {
        return (error as { code: string }).code
      }
    },
  }
}

/** More than the verifier's interval, less than its lease. */
const POLL = 6_100

describe('the feed of revocations', () => {
  it('tells a verifier that never asks of ends on another node, and leaves the others alone [JWT-9]', async () => {
    const { here, clock, verifier, verdict } = await house()
    const [ended, other] = [await here.createSession('alice'), await here.createSession('bob')]
    expect([await verdict(ended.token), await verdict(other.token)]).toEqual(['ok', 'ok'])
    await here.terminateSession(ended.id)
    await clock.advance(POLL)
    expect([await verdict(ended.token), await verdict(other.token)]).toEqual(['SESSION_REVOKED', 'ok'])
    const result = await verifier.verify(other.token)
    expect(result).toMatchObject({ isValid: true, claims: { sessionId: other.id, clientId: 'sojourn' } })
  })

  it('is what jose needs to refuse an ended session, beside the published keys', async () => {
    const { here, there, clock } = await house({ jwt: { ...OPTIONS.jwt, algorithm: 'ES256' } })
    const app = createService({ sessions: there, settings: SETTINGS })
    const { id, token } = await here.createSession('alice')
    await here.terminateSession(id)
    await clock.advance(1_100)
    const keys = createLocalJWKSet((await (await app.request('/.well-known/jwks.json')).json()) as Parameters<typeof createLocalJWKSet>[0])
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: 'at+jwt',
      currentDate: new Date(Date.UTC(2026, 0, 1)),
    })
    const feed = (await (await app.request(FEED, { headers: { authorization: `Bearer ${SERVICE_KEY}` } })).json()) as RevocationFeed
    expect(feed.sessions).toEqual([{ sid: payload['sid'], exp: payload.exp }])
    expect(feed.keys).toContain(protectedHeader.kid)
    expect(feed.issuer).toBe(ISSUER)
  })

  it('logs a user out everywhere by a salted hash, keeps the excepted session, and never names anybody [JWT-14]', async () => {
    for (const subject of ['pseudonym', 'userId'] as const) {
      const { here, there, clock, verdict } = await house({ jwt: { ...OPTIONS.jwt, subject } })
      const [one, two, other] = [await here.createSession('alice'), await here.createSession('alice'), await here.createSession('bob')]
      await clock.advance(2_000)
      await here.terminateAllUserSessions('alice', { except: two.id })
      await clock.advance(POLL)
      expect([await verdict(one.token), await verdict(two.token), await verdict(other.token)]).toEqual(['SESSION_REVOKED', 'ok', 'ok'])
      const text = JSON.stringify(await there.revocations())
      for (const secret of ['alice', here.pseudonym('alice'), here.tokenSubject('alice')]) expect(text).not.toContain(secret)
      const again = await here.createSession('alice')
      expect(await verdict(again.token)).toBe('ok')
    }
  })

  it('says with one entry that everybody is logged out', async () => {
    const { here, clock, verdict } = await house()
    const tokens = await Promise.all(['alice', 'bob', 'carol'].map(async (user) => (await here.createSession(user)).token))
    await clock.advance(2_000)
    await here.endSessions({ all: true }, { reason: 'security.incident' })
    await clock.advance(POLL)
    for (const token of tokens) expect(await verdict(token)).toBe('SESSION_REVOKED')
    expect((await here.revocations()).logins.filter(({ subject }) => subject === undefined)).toHaveLength(1)
  })

  it('drops a key that was killed, and takes the next one at once [JWT-13]', async () => {
    const { here, clock, verdict } = await house()
    const before = await here.createSession('alice')
    expect(await verdict(before.token)).toBe('ok')
    const kid = here.listKeys().find(({ use, state }) => use === 'signing' && state === 'active')?.id ?? ''
    await here.killKey(kid)
    await clock.advance(POLL)
    expect(await verdict(before.token)).toBe('TOKEN_INVALID')
    expect(await verdict((await here.createSession('alice')).token)).toBe('ok')
  })

  it('accepts nothing once it has not been heard for the lease, and goes on when it is back [JWT-9]', async () => {
    const { here, there, clock, serve, verdict, verifier } = await house()
    const { token } = await here.createSession('alice')
    const over = await here.createSession('bob')
    expect(await verdict(token)).toBe('ok')
    serve('cut')
    await clock.advance(25_000)
    expect(await verdict(token)).toBe('ok')
    await here.terminateSession(over.id)
    await clock.advance(10_000)
    expect([await verdict(token), await verdict(over.token)]).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'])
    serve(createService({ sessions: there, settings: { ...SETTINGS, serviceKey: 'another-key-0123456789-0123456789-abcd' }, clock }))
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 })
    serve(createService({ sessions: there, settings: SETTINGS, clock }))
    expect([await verdict(token), await verdict(over.token)]).toEqual(['ok', 'SESSION_REVOKED'])
    verifier.close()
    expect(await verdict(token)).toBe('STORE_UNAVAILABLE')
  })

  it('is complete after a restart of all nodes, and for a verifier that begins later', async () => {
    const clock = fakeClock()
    const path = join(await temporaryFolder(), 'sessions.db')
    const open = async (): Promise<SessionManager> => createSessionManager({ ...OPTIONS, clock, storage: await sqliteStore({ path }) })
    const before = await open()
    const { id } = await before.createSession('alice')
    await before.terminateSession(id)
    await before.terminateAllUserSessions('bob')
    await before.close()
    await clock.advance(150_000)
    await using after = await open()
    const feed = await after.revocations()
    expect(feed.sessions.map(({ sid }) => sid)).toEqual([id])
    expect(feed.logins).toHaveLength(1)
    await clock.advance(160_000)
    expect(await after.revocations()).toMatchObject({ sessions: [], logins: [] })
    expect((await after.sweep()).forgotten).toBeGreaterThanOrEqual(2)
  })

  it('answers what is new since an answer of any node, also of a node whose clock is behind', async () => {
    const { here, there, clock } = await house()
    const first = await here.createSession('alice')
    const second = await here.createSession('bob')
    await here.terminateSession(first.id)
    await clock.advance(200_000)
    const { next } = await there.revocations()
    expect((await there.revocations(next)).sessions).toEqual([])
    await clock.advance(1_100)
    await here.terminateSession(second.id)
    await clock.advance(1_100)
    expect((await there.revocations(next)).sessions.map(({ sid }) => sid)).toEqual([second.id])
    expect((await here.revocations()).sessions.map(({ sid }) => sid).sort()).toEqual([first.id, second.id].sort())
    await expect(there.revocations('x')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'since' })
  })

  it('asks the store about an end before it writes it, so that an end that cannot be noted is not made', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    let broken = false
    const insert: typeof store.insert = (row) => (broken ? Promise.reject(new Error('full')) : store.insert(row))
    await using sessions = await createSessionManager({ ...OPTIONS, clock, storage: { ...store, insert } })
    const { id, token } = await sessions.createSession('alice')
    broken = true
    const ending = sessions.terminateSession(id).catch((error: { code: string }) => error.code)
    await clock.advance(1_000)
    expect(await ending).toBe('STORE_UNAVAILABLE')
    expect((await sessions.validateSession(token)).isValid).toBe(false)
    broken = false
    await clock.advance(2_000)
    expect((await sessions.revocations()).sessions.map(({ sid }) => sid)).toEqual([id])
    expect((await sessions.getSession(id))?.status).toBe('ended')
  })

  it('is for applications only, is not kept by caches, and costs nothing where nothing is new [ADM-1]', async () => {
    const { app, sessions, send } = await testService({}, OPTIONS)
    const { id } = await sessions.createSession('alice')
    expect((await send('GET', FEED)).status).toBe(401)
    expect((await send('GET', FEED, { key: ADMIN_KEY })).status).toBe(401)
    const answer = await send('GET', FEED, { key: SERVICE_KEY })
    expect(answer.headers.get('cache-control')).toBe('private, no-cache')
    const headers = { authorization: `Bearer ${SERVICE_KEY}`, 'if-none-match': answer.headers.get('etag') ?? '' }
    const same = await app.request(FEED, { headers })
    expect([same.status, await same.text()]).toEqual([304, ''])
    await sessions.terminateSession(id)
    expect((await send('GET', `${FEED}?since=1x`, { key: SERVICE_KEY })).status).toBe(400)
    const plain = await testService()
    expect((await plain.send('GET', FEED, { key: SERVICE_KEY })).status).toBe(404)
  })
})

describe('a verifier', () => {
  it('sends the service key to the feed and to nobody else, and asks no more than its interval says', async () => {
    const { here, clock, verdict, asked } = await house()
    const { token } = await here.createSession('alice')
    for (let round = 0; round < 20; round++) expect(await verdict(token)).toBe('ok')
    for (let made = 0; made < 20; made++) await verdict(`${header(`made-up-key-${String(made).padStart(4, '0')}`)}.e30.AAAA`)
    expect(asked.filter(({ url }) => url.includes('jwks'))).toHaveLength(1)
    expect(asked.filter(({ url }) => url.includes('revocations')).length).toBeLessThanOrEqual(2)
    await clock.advance(21_000)
    expect(asked.filter(({ url }) => url.includes('revocations')).length).toBeLessThanOrEqual(6)
    expect(asked.at(-1)?.status).toBe(304)
    for (const { url, authorization } of asked)
      expect(authorization).toBe(url.startsWith(`${ISSUER}${FEED}`) ? `Bearer ${SERVICE_KEY}` : null)
  })

  it('refuses what is not signed, not for it, over, or too long [JWT-1 JWT-2 JWT-4 JWT-5 JWT-7]', async () => {
    const { here, clock, verdict } = await house()
    const { token, refreshToken = '' } = await here.createSession('alice')
    const [head = '', body = '', mark = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
    const kid = (JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string }).kid
    const bodyOf = (changes: object): string => Buffer.from(JSON.stringify({ ...claims, ...changes })).toString('base64url')
    for (const [sent, code] of [
      ['', 'TOKEN_MALFORMED'],
      ['a.b.c', 'TOKEN_MALFORMED'],
      [refreshToken, 'TOKEN_MALFORMED'],
      [`${'.'.repeat(1_000_000)}`, 'TOKEN_MALFORMED'],
      [`${Buffer.from(`{"alg":"none","typ":"at+jwt","kid":"${kid}"}`).toString('base64url')}.${body}.`, 'TOKEN_MALFORMED'],
      [`${Buffer.from(`{"alg":"HS256","typ":"at+jwt","kid":"${kid}"}`).toString('base64url')}.${body}.${mark}`, 'TOKEN_MALFORMED'],
      [`${Buffer.from(`{"alg":"ES256","typ":"at+jwt","kid":"${kid}"}`).toString('base64url')}.${body}.${mark}`, 'TOKEN_INVALID'],
      [`${head}.${bodyOf({ sub: 'bob' })}.${mark}`, 'TOKEN_INVALID'],
      [`${head}.${body}.${mark.slice(0, -4)}AAAA`, 'TOKEN_INVALID'],
    ] as const)
      expect([sent.slice(0, 40), await verdict(sent)]).toEqual([sent.slice(0, 40), code])
    const others = await house({ jwt: { ...OPTIONS.jwt, audience: 'https://other.example' } })
    expect(await others.verdict((await others.here.createSession('alice')).token)).toBe('TOKEN_INVALID')
    const long = await house({ accessLifetime: '10m' }, {})
    const tenMinutes = await long.here.createSession('alice')
    long.serve(shortened(createService({ sessions: long.there, settings: SETTINGS, clock: long.clock })))
    await long.clock.advance(POLL)
    expect(await long.verdict(tenMinutes.token)).toBe('TOKEN_INVALID')
    await clock.advance(301_000)
    expect(await verdict(token)).toBe('SESSION_EXPIRED')
  })

  it('takes nothing for the feed that is not one of its issuer, whole', async () => {
    const { here, there, clock, serve, verdict } = await house()
    const { token } = await here.createSession('alice')
    const whole = await there.revocations()
    for (const wrong of [
      null,
      [],
      'x',
      {},
      { ...whole, issuer: 'https://evil.example' },
      { ...whole, sessions: [{ sid: 1, exp: 1 }] },
      { ...whole, logins: [{}] },
    ]) {
      serve({ fetch: () => Response.json(wrong) } as unknown as ServiceApp)
      await clock.advance(40_000)
      expect(await verdict(token)).toBe('STORE_UNAVAILABLE')
    }
  })

  it('says at once what is wrong with its options', () => {
    const right = { issuer: ISSUER, audience: AUDIENCE, jwksUrl: `${ISSUER}/jwks`, feedUrl: `${ISSUER}${FEED}`, serviceKey: SERVICE_KEY }
    for (const [path, wrong] of [
      ['issuer', { issuer: '' }],
      ['audience', { audience: undefined }],
      ['feedUrl', { feedUrl: 'http://id.example/feed' }],
      ['feedUrl', { feedUrl: 'https://user:pass@id.example/feed' }],
      ['jwksUrl', { jwksUrl: undefined }],
      ['jwksUrl', { jwks: { keys: [] } }],
      ['jwks', { jwksUrl: undefined, jwks: { keys: [] } }],
      ['lease', { lease: '1h' }],
      ['interval', { interval: '1m' }],
      ['leeway', { leeway: '31s' }],
      ['lese', { lese: '1s' }],
    ] as const)
      expect(() => createJwtVerifier({ ...right, ...wrong } as JwtVerifierOptions), path).toThrowError(
        expect.objectContaining({ code: 'CONFIG_INVALID', path }),
      )
  })
})

describe('turning the feed on', () => {
  it('takes key pairs and tokens that live a day at most', async () => {
    const on = { jwt: { revocationFeed: true }, tokenType: 'jwt' as const }
    await expect(createSessionManager(on)).rejects.toMatchObject({ code: 'CONFIG_INVALID', path: 'jwt.revocationFeed' })
    const secret = Buffer.from(MASTER).toString('base64')
    await expect(createSessionManager({ ...on, refreshToken: true, jwt: { ...on.jwt, secret } })).rejects.toMatchObject({
      path: 'jwt.revocationFeed',
    })
    await (await createSessionManager({ ...on, rememberMe: { enabled: false } })).close()
    await (await createSessionManager({ ...on, refreshToken: true })).close()
  })
})

const header = (kid: string): string => Buffer.from(`{"alg":"EdDSA","typ":"at+jwt","kid":"${kid}"}`).toString('base64url')

/** A service whose feed says that tokens live a minute. */
function shortened(app: ServiceApp): ServiceApp {
  const fetch = async (request: Request): Promise<Response> => {
    const answer = await app.fetch(request)
    return request.url.includes('revocations') && answer.status === 200
      ? Response.json({ ...((await answer.json()) as object), maxLifetime: 60 })
      : answer
  }
  return { fetch } as unknown as ServiceApp
}
