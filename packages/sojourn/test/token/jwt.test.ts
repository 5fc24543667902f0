import * as crypto from 'node:crypto'
import { createSessionManager, type SessionManager, type SessionManagerOptions, type Store } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { claimsOf, headerOf, OTHER_SECRET, SECRET } from '../attack/forge.js'
import { probedStore } from '../behaviour/probed-store.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 86_400 * SECOND
const START = Date.UTC(2026, 0, 15, 8)
const master = Uint8Array.from({ length: 32 }, (_, i) => (i * 73 + 41) & 255)

const kidOf = (token: string): string => String(headerOf(token)['kid'])

/** Several nodes over one store, which outlives each of them. */
async function nodes(
  count: number,
  options: SessionManagerOptions = {},
  base?: Store,
): Promise<{ readonly clock: FakeClock; readonly store: ReturnType<typeof probedStore>; readonly all: readonly SessionManager[] }> {
  const clock = fakeClock(START)
  const store = probedStore(base ?? { ...(await memoryStore()), isVolatile: false })
  const open = (): Promise<SessionManager> =>
    createSessionManager({
      tokenType: 'jwt',
      storage: { ...store, close: () => Promise.resolve() },
      keys: { master },
      clock,
      cleanupInterval: 0,
      idleTimeout: '7d',
      ...options,
    })
  const all: SessionManager[] = []
  for (let i = 0; i < count; i++) all.push(await open())
  return { clock, store, all }
}

const two = async (options?: SessionManagerOptions) => {
  const { clock, store, all } = await nodes(2, options)
  const [here, there] = all
  if (here === undefined || there === undefined) throw new Error('two nodes were asked for')
  return { clock, store, here, there }
}

const isGood = async (sessions: SessionManager, token: string): Promise<boolean> => (await sessions.validateSession(token)).isValid

describe.each(['HS256', 'EdDSA', 'ES256'] as const)('a JWT signed with %s', (algorithm) => {
  const jwt = {
    algorithm,
    issuer: 'https://id.example',
    audience: 'https://api.example',
    clientId: 'web',
    ...(algorithm === 'HS256' ? { secret: SECRET } : {}),
  }

  it('has the shape of RFC 9068, is for one audience, and says which session and since when [JWT-8 JWT-10]', async () => {
    const clock = fakeClock(START + 250)
    const sessions = await createSessionManager({ tokenType: 'jwt', jwt, clock })
    const { id, token } = await sessions.createSession(
      'alice',
      {},
      { acr: 'loa2', amr: ['pwd', 'otp'], authTime: new Date(START - MINUTE) },
    )
    expect(headerOf(token)).toEqual({ alg: algorithm, typ: 'at+jwt', kid: expect.stringMatching(/^[\w-]{16}$/) })
    expect(claimsOf(token)).toEqual({
      iss: 'https://id.example',
      sub: sessions.tokenSubject('alice'),
      aud: 'https://api.example',
      client_id: 'web',
      iat: START / SECOND,
      nbf: START / SECOND,
      exp: START / SECOND + 8 * 3_600 + 1,
      auth_time: START / SECOND - 60,
      acr: 'loa2',
      amr: ['pwd', 'otp'],
      sid: id,
      jti: expect.stringMatching(/^s\.[\w-]{47}$/),
    })
    expect(token.length).toBeLessThan(1_024)
    await sessions.close()
  })

  it('can be verified by others with the published key, and with nothing that is published for HS256', async () => {
    const sessions = await createSessionManager({ tokenType: 'jwt', jwt })
    const { token } = await sessions.createSession('alice')
    const [body = '', signature = ''] = [token.slice(0, token.lastIndexOf('.')), token.slice(token.lastIndexOf('.') + 1)]
    const { keys } = sessions.publicKeys()
    expect(keys).toHaveLength(algorithm === 'HS256' ? 0 : 1)
    for (const jwk of keys) {
      expect(jwk).toMatchObject({ kid: kidOf(token), alg: algorithm, use: 'sig' })
      expect(Object.keys(jwk)).not.toContain('d')
      const key = crypto.createPublicKey({ key: { ...jwk }, format: 'jwk' })
      const hash = algorithm === 'EdDSA' ? null : 'sha256'
      expect(crypto.verify(hash, Buffer.from(body), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))).toBe(true)
    }
    await sessions.close()
  })

  it('of a hundred draws is verified each time', async () => {
    const sessions = await createSessionManager({ tokenType: 'jwt', jwt })
    for (let i = 0; i < 100; i++) expect(await isGood(sessions, (await sessions.createSession(`user-${i}`)).token)).toBe(true)
    await sessions.close()
  })
})

describe('signing keys', () => {
  it('are the same on every node, also where all begin at once', async () => {
    const { all } = await nodes(4)
    const kids = await Promise.all(all.map(async (one) => kidOf((await one.createSession('alice')).token)))
    expect(new Set(kids).size).toBe(1)
    expect(new Set(all.map((one) => JSON.stringify(one.publicKeys()))).size).toBe(1)
  })

  it('are published two minutes before they sign, on every node, and refuse nobody while they change [JWT-13]', async () => {
    const { clock, here, there } = await two()
    const held: string[] = []
    for (let step = 0; step < 40; step++) {
      const node = step % 2 === 0 ? here : there
      const published = new Set([...here.publicKeys().keys].map(({ kid }) => kid))
      const { token } = await node.createSession('alice', {}, { rememberMe: true })
      if (node === here) expect(published.has(kidOf(token))).toBe(true)
      held.push(token)
      if (step === 10 || step === 25) await here.rotateKeys()
      await clock.advance(10 * SECOND)
      for (const each of held.slice(-8)) expect([await isGood(here, each), await isGood(there, each)]).toEqual([true, true])
    }
    expect(new Set(held.map(kidOf)).size).toBe(3)
    for (const each of held.slice(-8)) expect(await isGood(there, each)).toBe(true)
  })

  it('that were replaced stay until the last token that they signed has expired, and then go', async () => {
    const { clock, here } = await two({ idleTimeout: '1d', absoluteTimeout: '1d', maxSessionDuration: '1d' })
    await here.rotateKeys()
    await clock.advance(DAY)
    await here.rotateKeys()
    expect(here.publicKeys().keys).toHaveLength(3)
    await clock.advance(DAY)
    await here.rotateKeys()
    expect(here.publicKeys().keys).toHaveLength(3)
  })

  it('that were killed are refused at once, on other nodes within two seconds, and another one signs from then on [JWT-13]', async () => {
    const { clock, here, there } = await two()
    const tokens = await Promise.all(Array.from({ length: 10 }, async (_, i) => (await here.createSession(`user-${i}`)).token))
    for (const token of tokens) expect(await isGood(there, token)).toBe(true)
    const events: unknown[] = []
    here.on((event) => void events.push(event))
    const kid = kidOf(tokens[0] ?? '')
    expect(await here.killKey(kid)).toEqual({ level: 'stored' })
    expect(events).toMatchObject([{ type: 'keys.killed', reason: kid }])
    for (const token of tokens) expect(await here.validateSession(token)).toMatchObject({ error: { code: 'TOKEN_INVALID' } })
    await clock.advance(2 * SECOND)
    for (const token of tokens) expect(await there.validateSession(token)).toMatchObject({ error: { code: 'TOKEN_INVALID' } })
    const { token } = await here.createSession('alice')
    expect(kidOf(token)).not.toBe(kid)
    expect([await isGood(here, token), await isGood(there, token)]).toEqual([true, true])
    expect(here.publicKeys().keys.map((key) => key.kid)).toEqual([kidOf(token)])
    expect(here.listKeys().filter(({ use }) => use === 'signing')).toMatchObject([
      { id: kid, state: 'destroyed' },
      { id: kidOf(token), state: 'active' },
    ])
    await here.killKey(kid)
    await expect(here.killKey('AAAAAAAAAAAAAAAA')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'kid' })
  })

  it('that were killed take nothing with them where tokens come in pairs: the refresh token goes on', async () => {
    const { here } = await two({ refreshToken: true })
    const { token, refreshToken = '' } = await here.createSession('alice')
    await here.killKey(kidOf(token))
    expect(await isGood(here, token)).toBe(false)
    expect(await isGood(here, (await here.renewSession(refreshToken)).token)).toBe(true)
  })

  it('that another node made this very moment are known here by their first token', async () => {
    const { here, there } = await two()
    await there.validateSession((await here.createSession('alice')).token)
    await here.killKey(here.publicKeys().keys[0]?.kid ?? '')
    expect(await isGood(there, (await here.createSession('alice')).token)).toBe(true)
  })

  it('with names that somebody made up make no question to the store', async () => {
    const { here, store } = await two()
    const [, payload = '', signature = ''] = (await here.createSession('alice')).token.split('.')
    const before = store.calls()
    for (let i = 0; i < 100; i++) {
      const kid = crypto.randomBytes(12).toString('base64url')
      const header = Buffer.from(JSON.stringify({ alg: 'EdDSA', typ: 'at+jwt', kid })).toString('base64url')
      expect(await here.validateSession(`${header}.${payload}.${signature}`)).toMatchObject({ error: { code: 'TOKEN_INVALID' } })
    }
    expect(store.calls()).toBe(before)
  })

  it('of HS256 are killed as well: nothing is accepted or issued until another secret is configured', async () => {
    const base = { ...(await memoryStore()), isVolatile: false, close: () => Promise.resolve() }
    const { all } = await nodes(1, { jwt: { secret: SECRET } }, base)
    const [here] = all
    const { token } = (await here?.createSession('alice')) ?? { token: '' }
    await here?.killKey(kidOf(token))
    expect(await here?.validateSession(token)).toMatchObject({ error: { code: 'TOKEN_INVALID' } })
    await expect(here?.createSession('alice')).rejects.toMatchObject({ code: 'CONFIG_INVALID', path: 'jwt.secret' })
    const mended = await nodes(1, { jwt: { secret: OTHER_SECRET, previousSecrets: [SECRET] } }, base)
    expect(await mended.all[0]?.validateSession(token)).toMatchObject({ error: { code: 'TOKEN_INVALID' } })
    expect((await mended.all[0]?.createSession('alice'))?.token).toBeTypeOf('string')
  })

  it('are made of the configured key where the store cannot hold a ring, the same on every node', async () => {
    const { scan: _none, ...plain } = await memoryStore()
    const { all } = await nodes(2, {}, { ...plain, isVolatile: false })
    const [here, there] = all
    const { token } = (await here?.createSession('alice')) ?? { token: '' }
    expect(await there?.validateSession(token)).toMatchObject({ isValid: true })
    await expect(here?.killKey(kidOf(token))).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('that cannot be made sure to be good make a JWT neither good nor bad: 503 [JWT-9]', async () => {
    const { clock, here, store } = await two()
    const { token } = await here.createSession('alice')
    await clock.advance(3 * SECOND)
    store.fail({ verbs: ['get'] })
    await expect(here.validateSession(token)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    store.mend()
    expect(await isGood(here, token)).toBe(true)
  })
})

describe('a change of the kind of tokens', () => {
  it('from opaque to JWT logs nobody out', async () => {
    const base = { ...(await memoryStore()), isVolatile: false, close: () => Promise.resolve() }
    const opaque = (await nodes(1, { tokenType: 'opaque' }, base)).all[0]
    const { token } = (await opaque?.createSession('alice')) ?? { token: '' }
    const signed = (await nodes(1, {}, base)).all[0]
    expect(await signed?.validateSession(token)).toMatchObject({ isValid: true })
  })

  it('from JWT to opaque logs nobody out while the options of JWT stay', async () => {
    const base = { ...(await memoryStore()), isVolatile: false, close: () => Promise.resolve() }
    const signed = (await nodes(1, { jwt: { secret: SECRET } }, base)).all[0]
    const { token } = (await signed?.createSession('alice')) ?? { token: '' }
    const opaque = (await nodes(1, { tokenType: 'opaque', jwt: { secret: SECRET }, renewal: { threshold: '8h' } }, base)).all[0]
    expect(await opaque?.validateSession(token)).toMatchObject({ isValid: true, session: { userId: 'alice' } })
    expect((await opaque?.renewSession(token))?.token).toMatch(/^[\w-]{82}$/)
  })
})
