import { createHash } from 'node:crypto'
import { createSessionManager, type IssuedSession, type SessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { type DpopFault, verifyDpop } from '../../src/dpop/verify-dpop.js'
import type { SessionEvent } from '../../src/events/event.js'
import { dpopProof, type ProofParts } from '../support/dpop-proof.js'
import { encode, jws, type TestKey, testKey } from '../support/proof-key.js'

/** A key that is the same for two nodes. */
const MASTER = createHash('sha256').update('a master key of this test').digest()
const URL_OF_API = 'https://api.example.com/orders'
const key = testKey()
const other = testKey()
const rsa = testKey('RS256')

interface Scene {
  readonly clock: FakeClock
  readonly manager: SessionManager
  readonly session: IssuedSession
  readonly events: SessionEvent[]
  /** A proof that is right but for what is said. */
  proof(parts?: Partial<ProofParts>, by?: TestKey): string
  reason(proof: string | undefined, request?: { readonly method?: string; readonly url?: string }): Promise<string | undefined>
}

let scene: Scene

beforeEach(async () => {
  const clock = fakeClock()
  const manager = await createSessionManager({ clock, dpop: { enabled: true, publicUrl: 'https://api.example.com', nonce: 'never' } })
  const session = await manager.createSession('alice', {}, { dpop: { jkt: key.jkt } })
  const events: SessionEvent[] = []
  manager.on((event) => {
    events.push(event)
  })
  const right = (): ProofParts => ({ method: 'GET', url: URL_OF_API, token: session.token, now: clock.now() })
  scene = {
    clock,
    manager,
    session,
    events,
    proof: (parts = {}, by = key) => dpopProof(by, { ...right(), ...parts }),
    async reason(proof, { method = 'GET', url = '/orders' } = {}) {
      const result = await manager.validateSession(session.token, {}, { dpop: { method, url, proof } })
      if (result.isValid) return undefined
      expect(result.error).toMatchObject({ code: 'CONTEXT_MISMATCH', status: 401 })
      return result.error.reason
    },
  }
})

const payload = (claims: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  jti: 'one',
  htm: 'GET',
  htu: URL_OF_API,
  iat: Math.floor(scene.clock.now() / 1_000),
  ath: createHash('sha256').update(scene.session.token).digest('base64url'),
  ...claims,
})
const header = (parts: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  typ: 'dpop+jwt',
  alg: 'ES256',
  jwk: key.jwk,
  ...parts,
})
const headed = (parts: Readonly<Record<string, unknown>>): string => jws(header(parts), payload(), key)
const claiming = (claims: Readonly<Record<string, unknown>>): string => jws(header(), payload(claims), key)
const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })

/** The check of RFC 9449 4.3 that each one fails, by its number there. */
const MALFORMED: ReadonlyArray<readonly [check: string, make: () => string]> = [
  ['1: two headers, which arrive as one', () => `${scene.proof()}, ${scene.proof()}`],
  ['1: two headers without a space', () => `${scene.proof()},${scene.proof()}`],
  ['2: no JWT', () => 'proof'],
  ['2: two parts', () => scene.proof().split('.').slice(0, 2).join('.')],
  ['2: four parts', () => `${scene.proof()}.AA`],
  ['2: an empty signature', () => `${scene.proof().split('.').slice(0, 2).join('.')}.`],
  ['2: padding', () => `${scene.proof()}=`],
  ['2: white space around it', () => ` ${scene.proof()}`],
  ['2: a second spelling of the signature', () => respelled(scene.proof())],
  ['2: too long', () => claiming({ pad: 'a'.repeat(5_000) })],
  ['2: a header that is no JSON', () => jws('{', payload(), key)],
  ['2: a header that is a list', () => jws([], payload(), key)],
  ['2: a header that is not UTF-8', () => notUtf8()],
  ['2: a payload that is no object', () => jws(header(), '"text"', key)],
  ['2: a payload with a key that stands twice', () => jws(header(), JSON.stringify(payload()).replace('{', '{"htm":"POST",'), key)],
  ['2: a header with a key that stands twice', () => jws(JSON.stringify(header()).replace('{', '{"alg":"none",'), payload(), key)],
  ['2: a payload that reaches for a prototype', () => jws(header(), JSON.stringify(payload()).replace('{', '{"__proto__":{},'), key)],
  ['2: a payload nested too deep', () => claiming({ deep: nested(40) })],
  ['3: no jti', () => claiming({ jti: undefined })],
  ['3: an empty jti', () => claiming({ jti: '' })],
  ['3: a jti that is a number', () => claiming({ jti: 7 })],
  ['3: a jti of a thousand characters', () => claiming({ jti: 'a'.repeat(1_000) })],
  ['3: no iat', () => claiming({ iat: undefined })],
  ['3: an iat that is text', () => claiming({ iat: '1767225600' })],
  ['3: no htm', () => claiming({ htm: undefined })],
  ['3: no htu', () => claiming({ htu: undefined })],
  ['4: another typ', () => headed({ typ: 'JWT' })],
  ['4: no typ', () => headed({ typ: undefined })],
  ['4: the typ in capitals', () => headed({ typ: 'DPOP+JWT' })],
  ['5: alg none', () => headed({ alg: 'none' })],
  ['5: alg None', () => headed({ alg: 'None' })],
  ['5: no alg', () => headed({ alg: undefined })],
  ['5: a symmetric alg', () => headed({ alg: 'HS256' })],
  ['5: a symmetric alg with a symmetric key', () => headed({ alg: 'HS256', jwk: { kty: 'oct', k: 'c2VjcmV0' } })],
  ['5: an alg that does not fit the key', () => headed({ alg: 'EdDSA' })],
  ['5: RSA, which is not taken', () => jws({ ...header(), alg: 'RS256', jwk: rsa.jwk }, payload(), rsa)],
  ['5: an extension that is critical', () => headed({ crit: ['exp'], exp: 1 })],
  ['5: an unencoded payload', () => headed({ b64: false })],
  ['5: a key from elsewhere', () => headed({ jku: 'https://evil.example/keys' })],
  ['6: no key', () => headed({ jwk: undefined })],
  ['6: a signature by another key', () => jws(header(), payload(), other)],
  ['6: a signature cut short', () => scene.proof().slice(0, -4)],
  ['6: a payload changed after signing', () => tampered(scene.proof())],
  ['6: a signature of zeros (CVE-2022-21449)', () => `${encode(header())}.${encode(payload())}.${Buffer.alloc(64).toString('base64url')}`],
  ['6: a point that is not on the curve', () => headed({ jwk: { ...key.jwk, y: key.jwk.x } })],
  ['7: a private key', () => headed({ jwk: key.privateJwk })],
  ['7: a key with a symmetric part', () => headed({ jwk: { ...key.jwk, k: 'AA' } })],
  ['8: another method', () => claiming({ htm: 'POST' })],
  ['8: the method in small letters', () => claiming({ htm: 'get' })],
  ['9: another path', () => claiming({ htu: `${URL_OF_API}/1` })],
  ['9: another host', () => claiming({ htu: 'https://evil.example/orders' })],
  ['9: another port', () => claiming({ htu: 'https://api.example.com:8443/orders' })],
  ['9: another scheme', () => claiming({ htu: 'http://api.example.com/orders' })],
  ['9: a user name', () => claiming({ htu: 'https://a@api.example.com/orders' })],
  ['9: a path alone', () => claiming({ htu: '/orders' })],
  ['11: too old', () => claiming({ iat: Math.floor(scene.clock.now() / 1_000) - 121 })],
  ['11: from the future', () => claiming({ iat: Math.floor(scene.clock.now() / 1_000) + 60 })],
  ['12: no ath', () => claiming({ ath: undefined })],
  ['12: the ath of another token', () => scene.proof({ token: 'another' })],
  ['12: another key', () => scene.proof({}, other)],
]

/** By which of our checks each of those of the RFC must fail, so that none is refused by accident of another. */
const FAULTS: Readonly<Record<number, readonly DpopFault[]>> = {
  1: ['several'],
  2: ['malformed'],
  3: ['claims', 'method', 'url'],
  4: ['malformed'],
  5: ['malformed'],
  6: ['malformed'],
  7: ['malformed'],
  8: ['method'],
  9: ['url'],
  11: ['time'],
  12: ['token', 'key'],
}

function respelled(proof: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  // 64 bytes leave four bits of the last character unused, which a lax decoder passes over.
  return proof.slice(0, -1) + alphabet.charAt(alphabet.indexOf(proof.slice(-1)) + 1)
}

function tampered(proof: string): string {
  const [head, , signature] = proof.split('.')
  return `${head}.${encode(payload({ jti: 'two' }))}.${signature}`
}

function notUtf8(): string {
  const text = `${Buffer.concat([Buffer.from('{"typ":"dpop+jwt","x":"'), Buffer.of(0xc3, 0x28), Buffer.from('"}')]).toString('base64url')}.${encode(payload())}`
  return `${text}.${key.signature(text).toString('base64url')}`
}

describe('a proof that is not right', () => {
  it.each(MALFORMED)('is refused, check %s [DPP-1 ATK-140]', async (check, make) => {
    const proof = make()
    expect(await scene.reason(proof)).toBe('proof.invalid')
    const { clock, session } = scene
    const demands = { method: 'GET', url: URL_OF_API, accessToken: session.token, jkt: key.jkt, now: clock.now(), lifetime: 120_000 }
    const verdict = verifyDpop({ ...demands, proof, isFresh: () => false, needsNonce: false })
    expect(FAULTS[Number.parseInt(check, 10)]).toContain(verdict.kind === 'refused' ? verdict.fault : 'none')
    // And the same token with a good proof is as good as before.
    expect(await scene.reason(scene.proof())).toBeUndefined()
  })

  it('is more than 25 kinds, and none of them is right by mistake [DPP-1]', () => {
    expect(MALFORMED.length).toBeGreaterThan(25)
    expect(new Set(MALFORMED.map(([check]) => check)).size).toBe(MALFORMED.length)
  })

  it('over a nonce that was never given is refused, also where none is demanded, and the right one is told [DPP-1 DPP-4]', async () => {
    expect(await scene.reason(claiming({ nonce: 'made-up' }))).toBe('proof.nonce')
    expect(await scene.reason(claiming({ nonce: 7 }))).toBe('proof.nonce')
  })
})

describe('a proof that is right', () => {
  it('may have a query, a fragment and another spelling of the same address [DPP-1]', async () => {
    for (const htu of [
      `${URL_OF_API}?a=1#b`,
      'https://API.example.com:443/orders',
      'https://api.example.com/%6frders',
      'https://api.example.com/a/../orders',
    ])
      expect(await scene.reason(scene.proof({ url: htu })), htu).toBeUndefined()
    expect(await scene.reason(scene.proof(), { url: '/orders?a=1' })).toBeUndefined()
  })

  it('may be by Ed25519, under both of its names [DPP-1]', async () => {
    const edward = testKey('EdDSA')
    const { token } = await scene.manager.createSession('bob', {}, { dpop: { jkt: edward.jkt } })
    for (const alg of ['EdDSA', 'Ed25519']) {
      const proof = dpopProof(edward, { method: 'GET', url: URL_OF_API, token, now: scene.clock.now(), header: { alg } })
      expect(await scene.manager.validateSession(token, {}, { dpop: { method: 'GET', url: '/orders', proof } })).toMatchObject({
        isValid: true,
      })
    }
  })

  it('is refused the second time, on another node as on the same [DPP-3 ATK-140]', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    const options = {
      clock,
      storage: store,
      keys: { master: MASTER },
      dpop: { enabled: true, publicUrl: 'https://api.example.com', nonce: 'never' },
    } as const
    const [first, second] = [await createSessionManager(options), await createSessionManager(options)]
    const { token } = await first.createSession('alice', {}, { dpop: { jkt: key.jkt } })
    const proof = dpopProof(key, { method: 'GET', url: URL_OF_API, token, now: clock.now() })
    const request = { dpop: { method: 'GET', url: '/orders', proof } }
    const verdicts = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? first : second).validateSession(token, {}, request)))
    expect(verdicts.filter(({ isValid }) => isValid)).toHaveLength(1)
    await clock.advance(100_000)
    expect(await second.validateSession(token, {}, request)).toMatchObject({ isValid: false, error: { reason: 'proof.replayed' } })
    // When the store forgets it, it is too old.
    await clock.advance(40_000)
    await first.sweep()
    expect(await second.validateSession(token, {}, request)).toMatchObject({ isValid: false, error: { reason: 'proof.invalid' } })
  })
})

describe('a bound token', () => {
  it('is refused as Bearer and as a cookie, that is, without a proof [DPP-2 ATK-140]', async () => {
    const { manager, session } = scene
    for (const options of [undefined, {}, { dpop: undefined }, { boundCookie: 'x' }]) {
      const result = await manager.validateSession(session.token, {}, options as never)
      expect(result).toMatchObject({ isValid: false, error: { code: 'CONTEXT_MISMATCH', reason: 'proof.missing' } })
    }
    expect(await scene.reason(undefined)).toBe('proof.missing')
    expect(await scene.reason('')).toBe('proof.missing')
    await expect(manager.renewSession(session.token)).rejects.toMatchObject({ reason: 'proof.missing' })
    await expect(manager.renewSession(session.token, {}, { dpop: 'left-to-caller' })).rejects.toMatchObject({ reason: 'proof.missing' })
  })

  it('is refused for an address under another host, whatever Host said [DPP-7 ATK-140]', async () => {
    const url = 'https://evil.example/orders'
    expect(await scene.reason(scene.proof({ url }), { url })).toBe('proof.invalid')
    expect(await scene.reason(scene.proof({ url }), { url: '//evil.example/orders' })).toBe('proof.invalid')
    expect(await scene.reason(scene.proof(), { url: URL_OF_API })).toBeUndefined()
  })

  it('is not renewed by another key, and that raises an alarm [DPP-5]', async () => {
    const { manager, session, clock, events } = scene
    await clock.advance(7.5 * 3_600_000 - 1)
    const fresh = await manager.createSession('carol', {}, { dpop: { jkt: key.jkt } })
    await clock.advance(60_000)
    const request = (by: TestKey, token: string) => ({
      dpop: {
        method: 'POST',
        url: '/renew',
        proof: dpopProof(by, { method: 'POST', url: 'https://api.example.com/renew', token, now: clock.now() }),
      },
    })
    await expect(manager.renewSession(fresh.token, {}, request(other, fresh.token))).rejects.toMatchObject({ reason: 'proof.invalid' })
    expect(events.filter(({ type }) => type === 'security.dpop')).toMatchObject([{ sessionId: fresh.id }])
    expect(session.confirmation).toEqual({ jkt: key.jkt })
  })

  it('is refused once DPoP is turned off, rather than good without a proof', async () => {
    const storage = await memoryStore()
    const keys = { master: MASTER }
    const on = await createSessionManager({ storage, keys, dpop: { enabled: true, publicUrl: 'https://api.example.com' } })
    const { token } = await on.createSession('alice', {}, { dpop: { jkt: key.jkt } })
    const off = await createSessionManager({ storage, keys })
    expect(await off.validateSession(token)).toMatchObject({ isValid: false, error: { reason: 'proof.missing' } })
    await expect(off.createSession('bob', {}, { dpop: { jkt: key.jkt } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      path: 'options.dpop',
    })
  })
})

describe('a flood of proofs', () => {
  it('by one key is refused before the store is full, and leaves other keys alone [DPP-3 ATK-126]', async () => {
    const { proofCount } = await import('../../src/dpop/replay.js')
    const count = proofCount(120_000, 1_000_000, 6_000)
    const taken = Array.from({ length: 10_000 }, () => count.note('a', 5)).filter(Boolean)
    expect(taken).toHaveLength(6_000)
    expect(count.note('b', 6)).toBe(true)
    expect(count.note('a', 120_005)).toBe(true)
  })

  it('by a million keys is refused at the limit of all [DPP-3 ATK-126]', async () => {
    const { MOST_OF_ALL, proofCount } = await import('../../src/dpop/replay.js')
    const count = proofCount(120_000)
    let taken = 0
    for (let i = 0; i < 1_000_000; i++) if (count.note(String(i), 5)) taken++
    expect(taken).toBe(MOST_OF_ALL)
  })
})
