import { createSessionManager, type SessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/crypto/random.js'
import { RING_ROW_ID } from '../../src/keyring/ring-home.js'
import type { ScannableStore } from '../../src/store/store.js'

const master = systemRandom().bytes(32)
/** How often a node reads the ring again, and a little. */
const READ_AGAIN = 51_000

const node = (store: ScannableStore, clock: FakeClock): Promise<SessionManager> =>
  createSessionManager({ storage: { ...store, close: async () => undefined }, clock, keys: { master }, cleanupInterval: 0 })

const dataKeys = (at: SessionManager): readonly string[] =>
  at
    .listKeys()
    .flatMap(({ id, use }) => (use === 'data' ? [id] : []))
    .sort()

/** Two nodes on a store that lost the ring after `a` had rotated it, and before `b` had heard of that. */
async function forked() {
  const clock = fakeClock()
  const store = await memoryStore()
  const a = await node(store, clock)
  const b = await node(store, clock)
  await a.rotateKeys()
  await store.remove(RING_ROW_ID)
  return { clock, store, a, b }
}

describe('a key ring that was lost while nodes knew different keys', () => {
  it('has all of their keys in the end, and each opens what the other has sealed', async () => {
    const { clock, a, b } = await forked()
    await using _a = a
    await using _b = b
    await b.rotateKeys()
    await clock.advance(2 * READ_AGAIN)
    expect(dataKeys(a)).toHaveLength(3)
    expect(dataKeys(b)).toEqual(dataKeys(a))
    const [ofA, ofB] = [await a.createSession('alice'), await b.createSession('bob')]
    expect((await b.validateSession(ofA.token)).isValid).toBe(true)
    expect((await a.validateSession(ofB.token)).isValid).toBe(true)
  })

  it('keeps what a node had sealed, also when that node is the next one to rotate', async () => {
    const { clock, a, b } = await forked()
    await using _a = a
    await using _b = b
    await clock.advance(10_000)
    const { token } = await a.createSession('alice')
    await b.rotateKeys()
    await a.rotateKeys()
    await clock.advance(2 * READ_AGAIN)
    expect((await b.validateSession(token)).isValid).toBe(true)
    expect(dataKeys(b)).toEqual(dataKeys(a))
  })

  it('does not bring back a key that was destroyed', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    await using a = await node(store, clock)
    await using b = await node(store, clock)
    await a.createSession('alice')
    const [first] = dataKeys(a)
    await a.rotateKeys()
    await clock.advance(70_000)
    await a.resealRecords()
    await b.rotateKeys()
    await clock.advance(2 * READ_AGAIN)
    for (const each of [a, b])
      expect(each.listKeys().filter(({ id, use }) => use === 'data' && id === first)).toMatchObject([{ state: 'destroyed' }])
  })
})
