import * as client from 'dpop'
import * as oauth from 'oauth4webapi'
import { createSessionManager, type SessionManagerOptions, systemClock } from 'sojourn'
import { describe, expect, it } from 'vitest'
import { dpopProof } from '../../sojourn/test/support/dpop-proof.js'
import { testKey } from '../../sojourn/test/support/proof-key.js'
import { createService } from '../src/index.js'
import { listening } from './support/listening.js'
import { bodyOf, problemOf, SERVICE_KEY, SETTINGS, testService } from './support/service.js'

const PUBLIC = 'https://id.example.com'
const SESSION = '/api/v1/auth/session'
const REFRESH = '/api/v1/auth/sessions/refresh'
const key = testKey()
const options: SessionManagerOptions = { idleTimeout: '8h', dpop: { enabled: true, publicUrl: PUBLIC } }
const ALGS = 'algs="ES256 EdDSA"'

async function bound() {
  const service = await testService({ publicUrl: PUBLIC }, options)
  const { token, id } = await service.create('alice', { dpop: { jkt: key.jkt } })
  const prove = (
    path: string,
    parts: { method?: string; nonce?: string; origin?: string; by?: typeof key } = {},
  ): Record<string, string> => ({
    authorization: `DPoP ${token}`,
    dpop: dpopProof(parts.by ?? key, {
      method: parts.method ?? 'GET',
      url: `${parts.origin ?? PUBLIC}${path}`,
      token,
      now: service.clock.now(),
      ...(parts.nonce === undefined ? {} : { nonce: parts.nonce }),
    }),
  })
  return { ...service, token, id, prove }
}

describe('a token that is bound to a key', () => {
  it('opens the calls of its user with Authorization: DPoP, and each answer tells the next nonce [DPP-4]', async () => {
    const { send, prove, id, sessions } = await bound()
    const answer = await send('GET', SESSION, { headers: prove(SESSION) })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('dpop-nonce')).toBe(sessions.dpopNonce?.())
    expect(await bodyOf(answer)).toMatchObject({ id, confirmation: { jkt: key.jkt } })
  })

  it('is refused as Bearer and as a cookie, which stays [DPP-2 ATK-140]', async () => {
    const { send, token } = await bound()
    for (const sent of [{ key: token }, { cookie: `__Host-id=${token}` }, { headers: { authorization: `DPoP ${token}` } }]) {
      const answer = await send('GET', SESSION, sent)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe(`DPoP realm="session", error="invalid_token", ${ALGS}`)
      expect(answer.headers.has('set-cookie')).toBe(false)
      expect(await problemOf(answer)).toMatchObject({ code: 'CONTEXT_MISMATCH', reason: 'proof.missing' })
    }
  })

  it('is refused with a proof that was used, that is for another address, or that comes twice [DPP-1 DPP-3 ATK-140]', async () => {
    const { send, prove } = await bound()
    const good = prove(SESSION)
    expect((await send('GET', SESSION, { headers: good })).status).toBe(200)
    const twice = prove(SESSION)
    for (const headers of [good, prove('/api/v1/auth/sessions'), { ...twice, dpop: `${twice['dpop']}, ${twice['dpop']}` }]) {
      const answer = await send('GET', SESSION, { headers })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe(`DPoP realm="session", error="invalid_dpop_proof", ${ALGS}`)
    }
  })

  it('is refused with a proof for the host that a request makes up [DPP-7 ATK-140]', async () => {
    const { send, prove } = await bound()
    const headers = { ...prove(SESSION, { origin: 'https://evil.example' }), host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    expect((await send('GET', SESSION, { headers })).status).toBe(401)
  })

  it('is refused beside another credential', async () => {
    const { send, prove, token } = await bound()
    expect((await send('GET', SESSION, { headers: prove(SESSION), cookie: `__Host-id=${token}` })).status).toBe(400)
  })

  it('is renewed with a proof over a nonce, which the refusal tells, and by no other key [DPP-4 DPP-5]', async () => {
    const { send, prove, clock } = await bound()
    await clock.advance(7.5 * 3_600_000)
    const asked = await send('POST', REFRESH, { headers: prove(REFRESH, { method: 'POST' }) })
    expect(asked.status).toBe(401)
    expect(asked.headers.get('www-authenticate')).toBe(`DPoP realm="session", error="use_dpop_nonce", ${ALGS}`)
    const nonce = asked.headers.get('dpop-nonce') ?? ''
    const stolen = await send('POST', REFRESH, { headers: prove(REFRESH, { method: 'POST', nonce, by: testKey() }) })
    expect(stolen.headers.get('www-authenticate')).toContain('invalid_dpop_proof')
    const answer = await send('POST', REFRESH, { headers: prove(REFRESH, { method: 'POST', nonce }) })
    expect(answer.status).toBe(200)
    const renewed = await bodyOf<{ token: string }>(answer)
    expect(renewed).toMatchObject({ confirmation: { jkt: key.jkt }, renewals: 1 })
    expect((await send('GET', SESSION, { key: renewed.token })).status).toBe(401)
  })

  it('is said to be bound by introspection, which leaves the proof to who asks [DPP-6]', async () => {
    const { send, token, create } = await bound()
    const introspect = async (text: string): Promise<unknown> =>
      await (
        await send('POST', '/oauth2/introspect', {
          key: SERVICE_KEY,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: `token=${text}`,
        })
      ).json()
    expect(await introspect(token)).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.jkt } })
    const plain = await introspect((await create()).token)
    expect(plain).toMatchObject({ active: true, token_type: 'Bearer' })
    expect(plain).not.toHaveProperty('cnf')
  })
})

describe('a token that is bound to no key', () => {
  it('is refused as DPoP', async () => {
    const { send, create, prove } = await bound()
    const { token } = await create('bob')
    const answer = await send('GET', SESSION, { headers: { ...prove(SESSION), authorization: `DPoP ${token}` } })
    expect(answer.status).toBe(401)
    expect(await problemOf(answer)).toMatchObject({ reason: 'proof.unbound' })
  })
})

describe('clients that others wrote', () => {
  it('oauth4webapi calls with its proofs, and follows the nonce by itself [DPP-1 DPP-4]', async () => {
    const pair = await oauth.generateKeyPair('ES256')
    const handle = oauth.DPoP({}, pair)
    const { url, close, sessions } = await running({ nonce: 'always' })
    const { token } = await sessions.createSession('alice', {}, { dpop: { jkt: await handle.calculateThumbprint() } })
    const call = (): Promise<Response> =>
      oauth.protectedResourceRequest(token, 'GET', new URL(`${url}${SESSION}`), undefined, undefined, {
        DPoP: handle,
        [oauth.allowInsecureRequests]: true,
      })
    const first = await call().catch((error: unknown) => error)
    expect(first).toBeInstanceOf(oauth.WWWAuthenticateChallengeError)
    expect(oauth.isDPoPNonceError(first)).toBe(true)
    const second = await call()
    expect(second.status).toBe(200)
    expect(await second.json()).toMatchObject({ userId: 'alice' })
    await close()
  })

  it.each(['ES256', 'Ed25519'] as const)('the package dpop calls with %s [DPP-1]', async (algorithm) => {
    const pair = await client.generateKeyPair(algorithm)
    const { url, close, sessions } = await running()
    const { token } = await sessions.createSession('alice', {}, { dpop: { jkt: await client.calculateThumbprint(pair.publicKey) } })
    const proof = await client.generateProof(pair, `${url}${SESSION}`, 'GET', undefined, token)
    const answer = await fetch(`${url}${SESSION}?a=1`, { headers: { authorization: `DPoP ${token}`, dpop: proof } })
    expect(answer.status).toBe(400)
    const again = await client.generateProof(pair, `${url}${SESSION}`, 'GET', undefined, token)
    expect((await fetch(`${url}${SESSION}`, { headers: { authorization: `DPoP ${token}`, dpop: again } })).status).toBe(200)
    await close()
  })
})

/** A service on a socket, by the clock of this machine, as those clients have no other. */
async function running(dpop: { readonly nonce?: 'always' } = {}) {
  return await listening(async (publicUrl) => {
    const sessions = await createSessionManager({ dpop: { enabled: true, publicUrl, ...dpop } })
    const app = createService({ sessions, settings: { ...SETTINGS, publicUrl }, clock: systemClock })
    return { app, sessions }
  })
}
