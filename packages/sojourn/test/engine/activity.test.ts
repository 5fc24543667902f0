import { createSessionManager, type ScannableStore } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'

const MINUTE = 60_000

/** A real store that counts its replacements. */
async function counting(): Promise<{ readonly store: ScannableStore; readonly writes: () => number }> {
  const inner = await memoryStore()
  let count = 0
  const replace: ScannableStore['replace'] = (row) => {
    count++
    return inner.replace(row)
  }
  return { store: { ...inner, replace }, writes: () => count }
}

describe('activity', () => {
  it('is written at most once in an interval, however often a session is used', async () => {
    const clock = fakeClock()
    const { store, writes } = await counting()
    await using sessions = await createSessionManager({ storage: store, clock })
    const { token } = await sessions.createSession('alice')
    // Idle after thirty minutes, so activity is written every thirty seconds.
    for (let second = 0; second < 10 * 60; second++) {
      for (let request = 0; request < 5; request++) await sessions.validateSession(token)
      await clock.advance(1_000)
    }
    expect(writes()).toBeLessThanOrEqual((10 * 60) / 30 + 1)
    expect(await sessions.getSessionAnalytics(token)).toMatchObject({ requestCount: 3_000 })
  })

  it('is written for many sessions without waiting for each other, and none is left out', async () => {
    const clock = fakeClock()
    const { store, writes } = await counting()
    await using sessions = await createSessionManager({ storage: store, clock })
    const tokens = await Promise.all(Array.from({ length: 300 }, async (_, index) => (await sessions.createSession(`user-${index}`)).token))
    await clock.advance(MINUTE)
    await Promise.all(tokens.map((token) => sessions.validateSession(token)))
    await sessions.flush()
    expect(writes()).toBe(300)
    await clock.advance(29 * MINUTE + 59_000)
    for (const token of tokens) expect((await sessions.validateSession(token)).isValid).toBe(true)
  })

  it('after a pause is written at once: another node must not take the session for idle', async () => {
    const clock = fakeClock()
    const { store } = await counting()
    const keys = { master: Buffer.from(Array.from({ length: 32 }, (_, index) => index * 5 + 1)) }
    await using here = await createSessionManager({ storage: store, clock, keys })
    await using there = await createSessionManager({ storage: { ...store, close: async () => undefined }, clock, keys })
    const { token } = await here.createSession('alice')
    await clock.advance(29 * MINUTE)
    await here.validateSession(token)
    await clock.advance(2 * MINUTE)
    expect((await there.validateSession(token)).isValid).toBe(true)
  })

  it('that was not to count leaves no trace', async () => {
    const clock = fakeClock()
    const { store, writes } = await counting()
    await using sessions = await createSessionManager({ storage: store, clock, cleanupInterval: 0 })
    const { token } = await sessions.createSession('alice')
    await clock.advance(20 * MINUTE)
    for (let request = 0; request < 10; request++) await sessions.validateSession(token, {}, { activity: false })
    await sessions.flush()
    expect(writes()).toBe(0)
    await clock.advance(10 * MINUTE)
    expect(await sessions.validateSession(token)).toMatchObject({ isValid: false, error: { expired: 'idle' } })
  })

  it('is not lost when the manager is closed', async () => {
    const clock = fakeClock()
    const { store } = await counting()
    const keys = { master: Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7 + 3)) }
    const open = () => createSessionManager({ storage: { ...store, close: async () => undefined }, clock, keys })
    const first = await open()
    const { token } = await first.createSession('alice')
    await clock.advance(1_000)
    await first.validateSession(token, { ipAddress: '192.0.2.7' })
    await first.close()
    await using second = await open()
    expect(await second.getSessionAnalytics(token)).toMatchObject({ requestCount: 1, ipAddresses: [{ value: '192.0.2.7' }] })
  })
})
