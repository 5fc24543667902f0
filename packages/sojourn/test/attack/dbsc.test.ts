import { parseItem } from 'structured-headers'
import { beforeEach, describe, expect, it } from 'vitest'
import { type BoundApp, boundApp, cookieOf } from '../support/bound-app.js'
import { encode, jws, type TestKey, testKey } from '../support/proof-key.js'

const MINUTE = 60_000
const mine = testKey()
const thief = testKey()

interface Victim extends BoundApp {
  readonly token: string
  readonly id: string
  /** The challenge of the registration. */
  readonly challenge: string
}

async function victim(): Promise<Victim> {
  const app = await boundApp()
  const session = await app.manager.createSession('alice')
  const { value } = app.deviceBound.registration(session)
  const challenge = /;challenge="([^"]+)"/.exec(value)?.[1] ?? ''
  return { ...app, token: session.token, id: session.id, challenge }
}

const registering = (key: TestKey, challenge: string, header: Readonly<Record<string, unknown>> = {}): string =>
  jws({ typ: 'dbsc+jwt', alg: key.alg, jwk: key.jwk, ...header }, { jti: challenge }, key)
const refreshing = (key: TestKey, challenge: string, header: Readonly<Record<string, unknown>> = {}): string =>
  jws({ typ: 'dbsc+jwt', alg: key.alg, ...header }, { jti: challenge }, key)

interface BoundVictim extends Victim {
  /** As the browser sends it. */
  readonly sessionId: string
  readonly boundCookie: string
  /** The challenge that is open now. */
  ask(): Promise<string>
}

async function bound(): Promise<BoundVictim> {
  const scene = await victim()
  const answer = await scene.deviceBound.register({ token: scene.token, response: registering(mine, scene.challenge) })
  expect(answer.status).toBe(200)
  const sessionId = `"${String(answer.body?.['session_identifier'])}"`
  return {
    ...scene,
    sessionId,
    boundCookie: cookieOf(answer),
    async ask() {
      const { status, headers } = await scene.deviceBound.refresh({ sessionId })
      expect(status).toBe(403)
      return String(parseItem(headers['Secure-Session-Challenge'] ?? '')[0])
    },
  }
}

const isAlive = async ({ manager, id }: Victim): Promise<boolean> => (await manager.getSession(id))?.status === 'active'

describe('a registration by a thief', () => {
  let scene: Victim
  beforeEach(async () => {
    scene = await victim()
  })

  const FORGED: ReadonlyArray<readonly [what: string, make: () => string | undefined]> = [
    ['no proof', () => undefined],
    ['text', () => 'proof'],
    ['alg none', () => registering(thief, scene.challenge, { alg: 'none' })],
    [
      'alg none without a signature',
      () => `${encode({ typ: 'dbsc+jwt', alg: 'none', jwk: thief.jwk })}.${encode({ jti: scene.challenge })}.`,
    ],
    ['alg HS256', () => registering(thief, scene.challenge, { alg: 'HS256' })],
    ['a symmetric key', () => registering(thief, scene.challenge, { alg: 'HS256', jwk: { kty: 'oct', k: 'AA' } })],
    ['another typ', () => registering(thief, scene.challenge, { typ: 'dpop+jwt' })],
    ['a key that is not its own', () => registering(thief, scene.challenge, { jwk: mine.jwk })],
    ['no key', () => registering(thief, scene.challenge, { jwk: undefined })],
    ['a private key', () => registering(thief, scene.challenge, { jwk: thief.privateJwk })],
    ['RSA where it is not enabled', () => registering(testKey('RS256'), scene.challenge)],
    ['a challenge that nobody gave', () => registering(thief, 'challenge')],
    ['no challenge', () => jws({ typ: 'dbsc+jwt', alg: 'ES256', jwk: thief.jwk }, {}, thief)],
    ['a challenge with a longer life', () => registering(thief, scene.challenge.replace(/^[^.]+/, 'zzzzzzzzz'))],
    [
      'an authorization that was not given',
      () => jws({ typ: 'dbsc+jwt', alg: 'ES256', jwk: thief.jwk }, { jti: scene.challenge, authorization: 'x' }, thief),
    ],
  ]

  it.each(FORGED)('with %s is refused and binds nothing [DBS-3 ATK-130]', async (_what, make) => {
    expect(await scene.deviceBound.register({ token: scene.token, response: make() })).toMatchObject({ status: 403 })
    expect(await scene.manager.getSession(scene.id)).not.toHaveProperty('deviceBoundSince')
    expect(await scene.deviceBound.register({ token: scene.token, response: registering(mine, scene.challenge) })).toMatchObject({
      status: 200,
    })
  })

  it('without the cookie of the session is refused [DBS-4]', async () => {
    for (const token of [undefined, '', 'x', scene.id]) {
      const answer = await scene.deviceBound.register({ token, response: registering(thief, scene.challenge) })
      expect(answer.status).toBe(401)
      expect(answer.headers).not.toHaveProperty('Set-Cookie')
    }
  })

  it('with a challenge of another session is refused [DBS-4 ATK-135]', async () => {
    const { manager, deviceBound, challenge } = scene
    const other = await manager.createSession('mallory')
    expect(await deviceBound.register({ token: other.token, response: registering(thief, challenge) })).toMatchObject({ status: 403 })
  })

  it('after five minutes is refused [DBS-4]', async () => {
    await scene.clock.advance(5 * MINUTE)
    expect(await scene.deviceBound.register({ token: scene.token, response: registering(mine, scene.challenge) })).toMatchObject({
      status: 403,
    })
  })

  it('after the victim has bound the session is refused and ends it [DBS-4 ATK-132]', async () => {
    const { deviceBound, manager, token, challenge, id, events } = scene
    await deviceBound.register({ token, response: registering(mine, challenge) })
    const answer = await deviceBound.register({ token, response: registering(thief, challenge) })
    expect(answer).toMatchObject({ status: 401, body: { continue: false } })
    expect(await manager.validateSession(token)).toMatchObject({
      isValid: false,
      error: { code: 'SESSION_REVOKED', reason: 'security.dbsc' },
    })
    expect(events.filter(({ type }) => type === 'security.dbsc')).toMatchObject([{ sessionId: id }])
  })

  it('at the same moment as the victim leaves nobody with a session [DBS-4 ATK-132]', async () => {
    for (let round = 0; round < 20; round++) {
      const { deviceBound, token, challenge, ...rest } = await victim()
      const keys = [mine, thief]
      const answers = await Promise.all(keys.map((key) => deviceBound.register({ token, response: registering(key, challenge) })))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
      expect(await isAlive({ deviceBound, token, challenge, ...rest })).toBe(false)
    }
  })

  it('with a copy of the proof of the victim gets no cookie [DBS-4]', async () => {
    const { deviceBound, token, challenge } = scene
    const response = registering(mine, challenge)
    expect(await deviceBound.register({ token, response })).toMatchObject({ status: 200 })
    const again = await deviceBound.register({ token, response })
    expect(again.status).toBe(403)
    expect(again.headers).not.toHaveProperty('Set-Cookie')
    expect(await isAlive(scene)).toBe(true)
  })
})

describe('a stolen long cookie', () => {
  it('gives nothing without the short one, at none of the doors [DBS-11 DBS-12 ATK-134]', async () => {
    const { manager, token, clock } = await bound()
    await clock.advance(30_000)
    for (const options of [{}, { boundCookie: '' }, { boundCookie: 'unreachable;session_identifier=123' }, { boundCookie: 7 as never }])
      expect(await manager.validateSession(token, {}, options)).toMatchObject({
        isValid: false,
        error: { reason: 'proof.device', status: 401 },
      })
    await expect(manager.renewSession(token)).rejects.toMatchObject({ reason: 'proof.device' })
  })

  it('with a stolen short one is good for the life of that, whatever a thief does to its date [DBS-11]', async () => {
    const { manager, token, clock, boundCookie } = await bound()
    await clock.advance(10 * MINUTE - 1)
    expect(await manager.validateSession(token, {}, { boundCookie })).toMatchObject({ isValid: true })
    await clock.advance(1)
    for (const cookie of [boundCookie, boundCookie.replace(/^[^.]+/, 'zzzzzzzzz'), boundCookie.slice(0, -1), `${boundCookie}A`])
      expect(await manager.validateSession(token, {}, { boundCookie: cookie })).toMatchObject({ isValid: false })
  })

  it('is not helped by the short cookie of another session [DBS-11]', async () => {
    const { manager, token, clock, deviceBound } = await bound()
    const own = await manager.createSession('mallory')
    const challenge = /;challenge="([^"]+)"/.exec(deviceBound.registration(own).value)?.[1] ?? ''
    const answer = await deviceBound.register({ token: own.token, response: registering(thief, challenge) })
    await clock.advance(MINUTE)
    expect(await manager.validateSession(own.token, {}, { boundCookie: cookieOf(answer) })).toMatchObject({ isValid: true })
    expect(await manager.validateSession(token, {}, { boundCookie: cookieOf(answer) })).toMatchObject({ isValid: false })
  })

  it('gives nothing when the store has lost the key of the browser either', async () => {
    const { manager, token, clock, sessionId, store, deviceBound } = await bound()
    for (const row of await store.rows()) if (row.owner === null && row.id.length > 24) await store.remove(row.id)
    await clock.advance(MINUTE)
    expect(await manager.validateSession(token)).toMatchObject({ isValid: false })
    expect(await deviceBound.refresh({ sessionId })).toMatchObject({ status: 200, body: { continue: false } })
  })
})

describe('a refresh by a thief', () => {
  let scene: BoundVictim
  beforeEach(async () => {
    scene = await bound()
  })

  const FORGED: ReadonlyArray<readonly [what: string, make: (challenge: string) => string]> = [
    ['another key', (challenge) => refreshing(thief, challenge)],
    ['alg none', (challenge) => refreshing(mine, challenge, { alg: 'none' })],
    ['alg HS256', (challenge) => refreshing(mine, challenge, { alg: 'HS256' })],
    ['another typ', (challenge) => refreshing(mine, challenge, { typ: 'JWT' })],
    ['a key of its own in the header', (challenge) => refreshing(thief, challenge, { jwk: thief.jwk })],
    ['the right key in the header', (challenge) => refreshing(mine, challenge, { jwk: mine.jwk })],
    ['the proof of the registration', () => registering(mine, scene.challenge)],
  ]

  it.each(FORGED)('with %s ends the session and says so [DBS-9 ATK-130]', async (_what, make) => {
    const { deviceBound, sessionId, events, ask, id } = scene
    const answer = await deviceBound.refresh({ sessionId, response: make(await ask()) })
    expect(answer).toMatchObject({ status: 401, body: { continue: false } })
    expect(await isAlive(scene)).toBe(false)
    expect(events.filter(({ type }) => type === 'security.dbsc')).toMatchObject([{ sessionId: id }])
    expect(await deviceBound.refresh({ sessionId })).toMatchObject({ status: 200, body: { continue: false } })
  })

  it('with what is no proof at all is asked again [DBS-7]', async () => {
    for (const response of ['garbage', '"a" "b"', 'a.b', 'a'.repeat(10_000)])
      expect(await scene.deviceBound.refresh({ sessionId: scene.sessionId, response }), response.slice(0, 20)).toMatchObject({
        status: 403,
      })
    expect(await isAlive(scene)).toBe(true)
  })

  it('with a copy of a proof that was used is asked for a new one [DBS-8 DBS-9 ATK-135]', async () => {
    const { deviceBound, sessionId, ask } = scene
    const response = refreshing(mine, await ask())
    expect(await deviceBound.refresh({ sessionId, response })).toMatchObject({ status: 200 })
    const again = await deviceBound.refresh({ sessionId, response })
    expect(again.status).toBe(403)
    expect(again.headers).not.toHaveProperty('Set-Cookie')
    expect(await isAlive(scene)).toBe(true)
  })

  it('with twenty copies at once gets one cookie at most [DBS-8 ATK-135]', async () => {
    const { deviceBound, sessionId, ask } = scene
    const response = refreshing(mine, await ask())
    const answers = await Promise.all(Array.from({ length: 19 }, () => deviceBound.refresh({ sessionId, response })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('over the challenge of another session is asked for a new proof [ATK-135]', async () => {
    const other = await bound()
    const { deviceBound, sessionId } = scene
    expect(await deviceBound.refresh({ sessionId, response: refreshing(mine, await other.ask()) })).toMatchObject({ status: 403 })
  })

  it('cannot push out the challenge that the browser is signing [DBS-8]', async () => {
    const { deviceBound, sessionId, ask, clock } = scene
    const challenge = await ask()
    for (let i = 0; i < 10; i++) expect(await ask()).toBe(challenge)
    await clock.advance(8 * MINUTE)
    expect(await ask()).not.toBe(challenge)
    // The one before still counts, until its time is over.
    expect(await deviceBound.refresh({ sessionId, response: refreshing(mine, challenge) })).toMatchObject({ status: 200 })
  })

  it('over a challenge whose time is over is asked again [DBS-9]', async () => {
    const { deviceBound, sessionId, ask, clock } = scene
    const challenge = await ask()
    await clock.advance(15 * MINUTE)
    expect(await deviceBound.refresh({ sessionId, response: refreshing(mine, challenge) })).toMatchObject({ status: 403 })
    expect(await isAlive(scene)).toBe(true)
  })

  it('from another site, which cannot send the header, is refused and changes nothing [DBS-13 ATK-135]', async () => {
    const { deviceBound, token, ask } = scene
    for (const sessionId of [undefined, '', '"a" "b"']) {
      const answer = await deviceBound.refresh({ sessionId, token, response: refreshing(mine, await ask()) })
      expect(answer.status).toBe(403)
      expect(Object.keys(answer.headers)).toEqual(['Cache-Control'])
    }
  })

  it('with a name that was not given is told to forget it, and ends nothing [DBS-13]', async () => {
    const { deviceBound, sessionId, id } = scene
    const guesses = [id, id.slice(4), `${id.slice(4)}${'A'.repeat(22)}`, sessionId.replaceAll('"', '').slice(0, -1)]
    for (const guess of guesses) {
      const answer = await deviceBound.refresh({ sessionId: `"${guess}"`, response: refreshing(thief, 'x') })
      expect(answer).toMatchObject({ status: 200, body: { continue: false } })
    }
    expect(await isAlive(scene)).toBe(true)
  })

  it('again and again is slowed down with 429, which leaves the browser its session [DBS-13 DBS-7]', async () => {
    const { deviceBound, sessionId, clock, ask } = scene
    for (let i = 0; i < 20; i++) await deviceBound.refresh({ sessionId })
    const answer = await deviceBound.refresh({ sessionId })
    expect(answer.status).toBe(429)
    expect(Number(answer.headers['Retry-After'])).toBeLessThanOrEqual(60)
    await clock.advance(MINUTE)
    expect(await deviceBound.refresh({ sessionId, response: refreshing(mine, await ask()) })).toMatchObject({ status: 200 })
  })

  it('after the end of the session gets nothing, whichever clock or person ended it [DBS-16]', async () => {
    const { deviceBound, sessionId, clock, ask } = scene
    const challenge = await ask()
    await clock.advance(30 * MINUTE)
    expect(await deviceBound.refresh({ sessionId, response: refreshing(mine, challenge) })).toMatchObject({
      status: 200,
      body: { continue: false },
    })
  })
})

describe('what is at rest', () => {
  it('has neither key nor challenge nor thumbprint in clear', async () => {
    const { store, ask } = await bound()
    const challenge = await ask()
    const text = (await store.rows()).map((row) => JSON.stringify({ ...row, data: Buffer.from(row.data).toString('latin1') })).join()
    for (const secret of [challenge, mine.jkt, String(mine.jwk.x)]) expect(text).not.toContain(secret)
  })

  it('stands in the bucket of its session, so that both lie in one slot of a cluster', async () => {
    const { store } = await bound()
    const buckets = new Set((await store.rows()).filter(({ id }) => !id.startsWith('aa-')).map(({ id }) => id.slice(0, 2)))
    expect((await store.rows()).length).toBeGreaterThan(1)
    expect(buckets.size).toBe(1)
  })
})
