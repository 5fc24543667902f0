import * as client from 'dpop'
import { createSessionManager, type DpopOptions, type SessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { normalHtu } from '../../src/dpop/htu.js'
import { probedStore } from '../behaviour/probed-store.js'
import { dpopProof } from '../support/dpop-proof.js'
import { testKey } from '../support/proof-key.js'

const ORIGIN = 'https://api.example.com'
const HOUR = 3_600_000
const key = testKey()

async function withDpop(dpop: DpopOptions = {}): Promise<{
  manager: SessionManager
  clock: FakeClock
  prove: (token: string, nonce?: string) => { dpop: { method: string; url: string; proof: string } }
}> {
  const clock = fakeClock()
  const manager = await createSessionManager({ clock, dpop: { enabled: true, publicUrl: ORIGIN, ...dpop } })
  const prove = (token: string, nonce?: string) => ({
    dpop: {
      method: 'GET',
      url: '/a',
      proof: dpopProof(key, { method: 'GET', url: `${ORIGIN}/a`, token, now: clock.now(), ...(nonce === undefined ? {} : { nonce }) }),
    },
  })
  return { manager, clock, prove }
}

describe('a session bound to a key', () => {
  it('says so, is opened by a proof, and stays bound when it is renewed [DPP-5 DPP-6]', async () => {
    const { manager, clock, prove } = await withDpop()
    const session = await manager.createSession('alice', {}, { dpop: { jkt: key.jkt } })
    expect(session.confirmation).toEqual({ jkt: key.jkt })
    expect(await manager.validateSession(session.token, {}, prove(session.token))).toMatchObject({
      isValid: true,
      session: { confirmation: { jkt: key.jkt } },
    })
    await clock.advance(20 * 60_000)
    await manager.validateSession(session.token, {}, prove(session.token))
    const early = await manager.createSession('bob', {}, { dpop: { jkt: key.jkt } })
    await expect(manager.renewSession(early.token, {}, prove(early.token, manager.dpopNonce?.()))).rejects.toMatchObject({
      code: 'RENEWAL_TOO_EARLY',
    })
  })

  it('is renewed with a proof over a nonce, and its successor is bound to the same key [DPP-4 DPP-5]', async () => {
    const clock = fakeClock()
    const manager = await createSessionManager({ clock, idleTimeout: '8h', dpop: { enabled: true, publicUrl: ORIGIN } })
    const { token } = await manager.createSession('alice', {}, { dpop: { jkt: key.jkt } })
    await clock.advance(7.5 * HOUR)
    const prove = (text: string, nonce?: string) => ({
      dpop: {
        method: 'POST',
        url: '/renew',
        proof: dpopProof(key, {
          method: 'POST',
          url: `${ORIGIN}/renew`,
          token: text,
          now: clock.now(),
          ...(nonce === undefined ? {} : { nonce }),
        }),
      },
    })
    const refusal = await manager.renewSession(token, {}, prove(token)).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'CONTEXT_MISMATCH', reason: 'proof.nonce', nonce: expect.stringMatching(/^[\w-]{22}$/) })
    const renewed = await manager.renewSession(token, {}, prove(token, (refusal as { nonce: string }).nonce))
    expect(renewed.confirmation).toEqual({ jkt: key.jkt })
    expect(await manager.validateSession(renewed.token)).toMatchObject({ isValid: false, error: { reason: 'proof.missing' } })
    expect(await manager.validateSession(renewed.token, {}, prove(renewed.token))).toMatchObject({ isValid: true })
  })

  it('refuses a proof that was made in advance where a nonce is demanded always [DPP-4]', async () => {
    const { manager, clock, prove } = await withDpop({ nonce: 'always' })
    const { token } = await manager.createSession('alice', {}, { dpop: { jkt: key.jkt } })
    const nonce = manager.dpopNonce?.()
    await clock.advance(60_000)
    expect(await manager.validateSession(token, {}, prove(token, nonce))).toMatchObject({ isValid: true })
    await clock.advance(60_000)
    expect(await manager.validateSession(token, {}, prove(token, nonce))).toMatchObject({
      isValid: false,
      error: { reason: 'proof.nonce' },
    })
  })

  it('may be left to a caller who demands the proof itself', async () => {
    const { manager } = await withDpop()
    const { token } = await manager.createSession('alice', {}, { dpop: { jkt: key.jkt } })
    expect(await manager.validateSession(token, {}, { dpop: 'left-to-caller', renew: false })).toMatchObject({
      isValid: true,
      session: { confirmation: { jkt: key.jkt } },
    })
  })

  it('opens with the proofs of the package dpop [DPP-1]', async () => {
    const manager = await createSessionManager({ dpop: { enabled: true, publicUrl: ORIGIN } })
    for (const algorithm of ['ES256', 'Ed25519'] as const) {
      const pair = await client.generateKeyPair(algorithm)
      const jkt = await client.calculateThumbprint(pair.publicKey)
      const { token } = await manager.createSession('alice', {}, { dpop: { jkt } })
      const proof = await client.generateProof(pair, `${ORIGIN}/a`, 'GET', manager.dpopNonce?.(), token)
      expect(await manager.validateSession(token, {}, { dpop: { method: 'GET', url: '/a', proof } })).toMatchObject({ isValid: true })
    }
  })

  it('is neither refused nor accepted while the store cannot say whether the proof is new', async () => {
    const clock = fakeClock()
    const store = probedStore(await memoryStore())
    const manager = await createSessionManager({ clock, storage: store, dpop: { enabled: true, publicUrl: ORIGIN } })
    const { token } = await manager.createSession('alice', {}, { dpop: { jkt: key.jkt } })
    const proof = dpopProof(key, { method: 'GET', url: `${ORIGIN}/a`, token, now: clock.now() })
    store.fail({ verbs: ['insert'] })
    await expect(manager.validateSession(token, {}, { dpop: { method: 'GET', url: '/a', proof } })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
  })
})

describe('a session that is not bound', () => {
  it('is refused when it comes as DPoP: its proof would prove nothing', async () => {
    const { manager, prove } = await withDpop()
    const { token } = await manager.createSession('alice')
    expect(await manager.validateSession(token, {}, prove(token))).toMatchObject({ isValid: false, error: { reason: 'proof.unbound' } })
    expect(await manager.validateSession(token)).toMatchObject({ isValid: true })
  })
})

describe('the options of DPoP', () => {
  it.each([
    [{ enabled: true }, 'dpop.publicUrl'],
    [{ enabled: true, publicUrl: 'api.example.com' }, 'dpop.publicUrl'],
    [{ enabled: true, publicUrl: 'https://api.example.com/v1' }, 'dpop.publicUrl'],
    [{ enabled: true, publicUrl: ['https://a.example', 'ftp://b.example'] }, 'dpop.publicUrl'],
    [{ enabled: 1 }, 'dpop.enabled'],
    [{ nonce: 'sometimes' }, 'dpop.nonce'],
    [{ proofLifetime: '0s' }, 'dpop.proofLifetime'],
    [{ window: 1 }, 'dpop.window'],
  ])('refuse %j at the start', async (dpop, path) => {
    await expect(createSessionManager({ dpop: dpop as never })).rejects.toMatchObject({ code: 'CONFIG_INVALID', path })
  })

  it.each([[7], [{}], [{ jkt: 'short' }], [{ jkt: `${key.jkt}=` }], [{ jkt: key.jkt, x: 1 }], [{ jkt: `${key.jkt.slice(0, 42)}B` }]])(
    'refuse a session for the key %j',
    async (dpop) => {
      const { manager } = await withDpop()
      await expect(manager.createSession('alice', {}, { dpop: dpop as never })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    },
  )
})

describe('an address', () => {
  it.each([
    ['HTTPS://Api.Example.com:443/a?b#c', 'https://api.example.com/a'],
    ['https://api.example.com/%7ea/%c3%a4', 'https://api.example.com/~a/%C3%A4'],
    ['https://api.example.com', 'https://api.example.com/'],
    ['https://u@api.example.com/', undefined],
    ['javascript:alert(1)', undefined],
    ['/a', undefined],
    [7, undefined],
  ])('%s is compared as %s [DPP-1]', (text, normal) => {
    expect(normalHtu(text)).toBe(normal)
  })
})
