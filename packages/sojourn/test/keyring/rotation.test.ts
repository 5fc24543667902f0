import { createSessionManager, type SessionManager, type SessionManagerOptions, type Store } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/crypto/random.js'
import { sealedUnder } from '../../src/crypto/seal.js'
import { RING_ROW_ID } from '../../src/keyring/ring-home.js'
import type { ScannableStore } from '../../src/store/store.js'

const master = systemRandom().bytes(32)

/** One store under several managers: closing one must leave it to the others. */
const shared = (store: ScannableStore): ScannableStore => ({ ...store, close: async () => undefined })
const node = (store: ScannableStore, clock: FakeClock, more: SessionManagerOptions = {}): Promise<SessionManager> =>
  createSessionManager({
    storage: shared(store),
    clock,
    keys: { master },
    sessionLifetime: '7d',
    idleTimeout: '7d',
    maxSessionDuration: '7d',
    ...more,
  })

async function keysInUse(store: ScannableStore): Promise<Set<string | undefined>> {
  const { rows } = await store.scan({ from: 0, to: 8.64e15, limit: 1_000 })
  return new Set(rows.filter(({ id }) => id !== RING_ROW_ID).map(({ data }) => sealedUnder(data)))
}

describe('rotating the keys', () => {
  it('logs nobody out, moves every record to the new key, and then destroys the old one [STO-5]', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    await using sessions = await node(store, clock, { cleanupInterval: 0 })
    const tokens = await Promise.all(Array.from({ length: 50 }, async (_, index) => (await sessions.createSession(`user-${index}`)).token))
    const [before] = await keysInUse(store)
    await sessions.rotateKeys()
    expect(
      sessions
        .listKeys()
        .filter(({ use }) => use === 'data')
        .map(({ state }) => state),
    ).toEqual(['active', 'pending'])
    await clock.advance(5_000)
    expect(
      sessions
        .listKeys()
        .filter(({ use }) => use === 'data')
        .map(({ state }) => state),
    ).toEqual(['decrypt-only', 'active'])
    await clock.advance(60_000)
    const progress: number[] = []
    expect(await sessions.resealRecords(({ resealed }) => progress.push(resealed))).toMatchObject({ resealed: 50 })
    expect(progress.at(-1)).toBe(50)
    const after = await keysInUse(store)
    expect(after.size).toBe(1)
    expect(after.has(before)).toBe(false)
    expect(
      sessions
        .listKeys()
        .filter(({ use }) => use === 'data')
        .map(({ id, state }) => [id === before, state]),
    ).toEqual([
      [true, 'destroyed'],
      [false, 'active'],
    ])
    for (const token of tokens) expect((await sessions.validateSession(token)).isValid).toBe(true)
  })

  it('happens by itself at the configured interval, once for all nodes [STO-4 STO-5]', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    await using a = await node(store, clock, { keyRotation: '24h', cleanupInterval: '15m' })
    await using b = await node(store, clock, { keyRotation: '24h', cleanupInterval: '15m' })
    const { token } = await a.createSession('alice')
    await clock.advance(3 * 86_400_000 + 3_600_000)
    const data = a.listKeys().filter(({ use }) => use === 'data')
    expect(data.map(({ state }) => state)).toEqual(['destroyed', 'destroyed', 'destroyed', 'active'])
    expect((await keysInUse(store)).size).toBe(1)
    expect((await a.validateSession(token)).isValid).toBe(true)
    expect((await b.validateSession(token)).isValid).toBe(true)
  })

  it('reaches a node that did not hear of it: a record under a new key makes it look', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    await using a = await node(store, clock)
    await using b = await node(store, clock)
    await a.rotateKeys()
    await clock.advance(10_000)
    const { token } = await a.createSession('alice')
    expect((await b.validateSession(token)).isValid).toBe(true)
  })

  it('gives every node the key of a token before the first such token is issued', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    await using a = await node(store, clock)
    await using b = await node(store, clock)
    const old = await a.createSession('alice')
    await a.rotateKeys()
    for (let second = 0; second < 240; second += 10) {
      const { token } = await a.createSession(`user-${second}`)
      expect((await b.validateSession(token)).isValid).toBe(true)
      await clock.advance(10_000)
    }
    expect(
      a
        .listKeys()
        .filter(({ use, state }) => use === 'token' && state === 'active')
        .map(({ id }) => id),
    ).toEqual(['slot-1'])
    expect((await b.validateSession(old.token)).isValid).toBe(true)
  })

  it('gives parallel renewals one successor while it goes on, on every node', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    const options = { renewal: { threshold: '7d', gracePeriod: '10m' } } as const
    await using a = await node(store, clock, options)
    await using b = await node(store, clock, options)
    const { token } = await a.createSession('alice')
    await a.rotateKeys()
    await clock.advance(119_000)
    const first = await a.renewSession(token)
    await clock.advance(60_000)
    const again = await Promise.all([a, b].flatMap((at) => [at.renewSession(token), at.renewSession(token)]))
    expect(new Set([first, ...again].map((issued) => issued.token)).size).toBe(1)
  })

  it('may go on under load without one failed validation', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    await using a = await node(store, clock, { cleanupInterval: 0 })
    await using b = await node(store, clock, { cleanupInterval: 0 })
    const tokens = await Promise.all(Array.from({ length: 100 }, async (_, index) => (await a.createSession(`user-${index}`)).token))
    for (let round = 0; round < 6; round++) {
      await a.rotateKeys()
      const load = tokens.flatMap((token) => [
        a.validateSession(token),
        b.validateSession(token),
        b.updateSessionContext(token, { location: `Town ${round}` }),
      ])
      const [results] = await Promise.all([Promise.all(load), b.resealRecords(), clock.advance(10_000)])
      expect(results.every((result) => !('isValid' in result) || result.isValid)).toBe(true)
    }
    await clock.advance(70_000)
    await a.resealRecords()
    expect((await keysInUse(store)).size).toBe(1)
  })
})

describe('the master key', () => {
  it('can be changed: the ring is sealed under the new one at the next start, and nobody is logged out', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    const next = systemRandom().bytes(32)
    const first = await node(store, clock)
    const { token } = await first.createSession('alice')
    await first.close()
    const second = await node(store, clock, { keys: { master: next, previous: [master] } })
    expect((await second.validateSession(token)).isValid).toBe(true)
    expect((await second.getActiveSessions('alice')).length).toBe(1)
    await second.close()
    await using third = await node(store, clock, { keys: { load: async () => ({ master: next }) } })
    expect((await third.validateSession(token)).isValid).toBe(true)
  })

  it('refuses the start when it is not the one of the store [STO-5]', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    await (await node(store, clock)).close()
    await expect(node(store, clock, { keys: { master: systemRandom().bytes(32) } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      path: 'keys',
    })
  })

  it('lost with a row of the ring: what was sealed under it is 503, neither yes nor logged out [STO-5]', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    const first = await node(store, clock)
    // The first keys come from the master key; later ones stand nowhere but in the ring.
    await first.rotateKeys()
    await clock.advance(130_000)
    const { token } = await first.createSession('alice')
    await first.close()
    await store.remove(RING_ROW_ID)
    await using second = await node(store, clock)
    // The tag of the token is foreign as well, so the record is met by its id.
    expect(await second.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'TOKEN_INVALID' } })
    const id = `sid_${token.slice(0, 24)}`
    await expect(second.getSessionAnalytics(id)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 })
  })

  it('outlives a store that lost the ring, while one node still has it', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    await using a = await node(store, clock)
    const { token } = await a.createSession('alice')
    await store.remove(RING_ROW_ID)
    await clock.advance(60_000)
    await using b = await node(store, clock)
    expect((await b.validateSession(token)).isValid).toBe(true)
  })
})

describe('a store that cannot be walked over', () => {
  const plain = (store: ScannableStore): Store => {
    const { scan: _scan, ...rest } = store
    return { ...rest, isVolatile: false }
  }

  it('takes its keys from what is given, the old ones included', async () => {
    const clock = fakeClock()
    const store = plain(await memoryStore())
    const next = systemRandom().bytes(32)
    const first = await createSessionManager({ storage: { ...store, close: async () => undefined }, clock, keys: { master } })
    const { token } = await first.createSession('alice')
    await first.close()
    await using second = await createSessionManager({ storage: store, clock, keys: { master: next, previous: [master] } })
    expect((await second.validateSession(token)).isValid).toBe(true)
    expect((await second.getActiveSessions('alice')).length).toBe(1)
  })

  it('refuses a rotation by command, which would leave the new keys with one process', async () => {
    await using sessions = await createSessionManager({ storage: plain(await memoryStore()), keys: { master } })
    await expect(sessions.rotateKeys()).rejects.toMatchObject({ code: 'CONFIG_INVALID', path: 'keys' })
  })

  it('refuses a rotation that it could not finish', async () => {
    const store = plain(await memoryStore())
    await expect(createSessionManager({ storage: store, keys: { master }, keyRotation: '24h' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      path: 'keyRotation',
    })
  })
})
