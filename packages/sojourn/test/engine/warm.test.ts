import { createSessionManager } from 'sojourn'
import { fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'

describe('a session in memory', () => {
  it('notes no address for a use of which none was told', async () => {
    const clock = fakeClock()
    await using sessions = await createSessionManager({ clock })
    const { token } = await sessions.createSession('alice', { ipAddress: '203.0.113.7' })
    await sessions.validateSession(token, { ipAddress: '203.0.113.7' })
    const seen = clock.now()
    await clock.advance(5_000)
    expect((await sessions.validateSession(token)).isValid).toBe(true)
    expect((await sessions.validateSession(token)).isValid).toBe(true)
    const { ipAddresses, requestCount } = await sessions.getSessionAnalytics(token)
    expect(requestCount).toBe(3)
    expect(ipAddresses.map(({ lastSeen }) => lastSeen.getTime())).toEqual([seen])
  })
})
