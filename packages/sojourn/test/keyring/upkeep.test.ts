import { createSessionManager, type ScannableStore } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/crypto/random.js'
import { RING_ROW_ID } from '../../src/keyring/ring-home.js'

const master = systemRandom().bytes(32)
const dataStates = (keys: ReturnType<Awaited<ReturnType<typeof createSessionManager>>['listKeys']>): readonly string[] =>
  keys.filter(({ use }) => use === 'data').map(({ state }) => state)

describe('upkeep of the key ring', () => {
  it('keeps a key whose successor was young when the walk began: a node that lags may have sealed behind the walk', async () => {
    const clock = fakeClock()
    const inner = await memoryStore()
    let slow = false
    const scan: ScannableStore['scan'] = async (range) => {
      const page = await inner.scan(range)
      if (slow) await clock.advance(70_000)
      slow = false
      return page
    }
    const storage: ScannableStore = { ...inner, scan }
    await using sessions = await createSessionManager({ storage, clock, keys: { master }, cleanupInterval: 0 })
    await sessions.createSession('alice')
    await sessions.rotateKeys()
    await clock.advance(10_000)
    slow = true
    await sessions.resealRecords()
    expect(dataStates(sessions.listKeys())).toEqual(['decrypt-only', 'active'])
    await sessions.resealRecords()
    expect(dataStates(sessions.listKeys())).toEqual(['destroyed', 'active'])
  })

  it('goes past a record that nobody can open, and moves the others on', async () => {
    const clock = fakeClock()
    const store = await memoryStore()
    const shared = { ...store, close: async () => undefined }
    const before = await createSessionManager({ storage: shared, clock, keys: { master }, cleanupInterval: 0 })
    // The first keys come from the master key; later ones stand nowhere but in the ring.
    await before.rotateKeys()
    await clock.advance(10_000)
    const lost = await before.createSession('alice')
    await before.close()
    await store.remove(RING_ROW_ID)
    await using sessions = await createSessionManager({ storage: shared, clock, keys: { master }, cleanupInterval: 0 })
    const { token } = await sessions.createSession('bob')
    await sessions.rotateKeys()
    await clock.advance(70_000)
    expect(await sessions.resealRecords()).toMatchObject({ resealed: 1 })
    expect(dataStates(sessions.listKeys())).toEqual(['destroyed', 'active'])
    expect((await sessions.validateSession(token)).isValid).toBe(true)
    expect(await store.get(lost.id.slice('sid_'.length))).toBeDefined()
  })

  it('asks the store no more once the manager is closed, also if that happens in the middle of a question', async () => {
    const clock = fakeClock()
    const inner = await memoryStore()
    let asked = 0
    let isHeld = false
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const get: ScannableStore['get'] = async (id) => {
      if (id === RING_ROW_ID) asked++
      if (isHeld) await held
      return await inner.get(id)
    }
    const sessions = await createSessionManager({ storage: { ...inner, get }, clock, keys: { master }, cleanupInterval: 0 })
    asked = 0
    isHeld = true
    await clock.advance(50_000)
    expect(asked).toBe(1)
    await sessions.close()
    release()
    await clock.advance(600_000)
    expect(asked).toBe(1)
  })
})
