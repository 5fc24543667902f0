import { createSessionManager, type SessionEvent, type SessionManager } from 'sojourn'
import { fakeClock } from 'sojourn/testing'
import { describe, expect, test } from 'vitest'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'

async function setUp(): Promise<{ readonly sessions: SessionManager; readonly clock: ReturnType<typeof fakeClock> }> {
  const clock = fakeClock()
  return { sessions: await createSessionManager({ clock, cleanupInterval: 0 }), clock }
}

describe('a login', () => {
  test('is counted by what happened in it also where nobody listens', async () => {
    const { sessions } = await setUp()
    await sessions.createSession('alice', { userAgent: FIREFOX })
    await sessions.flush()
    expect(sessions.metricsText()).toContain('sojourn_security_events_total{kind="new-device"} 1\n')
    await sessions.close()
  })

  test('is told with its pseudonyms to whoever listens from now on, and to nobody who has left', async () => {
    const { sessions } = await setUp()
    await sessions.createSession('alice', { ipAddress: '192.0.2.7' })
    const heard: SessionEvent[] = []
    const leave = sessions.on((event) => heard.push(event))
    const { id } = await sessions.createSession('alice', { ipAddress: '192.0.2.7' })
    leave()
    await sessions.createSession('alice', { ipAddress: '192.0.2.7' })
    const told = { type: 'session.created', sessionId: id, subject: sessions.pseudonym('alice'), source: expect.stringMatching(/^.{22}$/) }
    expect(heard).toEqual([expect.objectContaining(told)])
    await sessions.close()
  })

  test('authenticated before everybody was logged out is refused, asked of the store or known to memory', async () => {
    const { sessions, clock } = await setUp()
    const authTime = new Date(clock.now())
    await clock.advance(1_000)
    await sessions.endSessions({ all: true }, { reason: 'breach' })
    // The second finds in memory what the first one read.
    for (const user of ['alice', 'bob', 'carol'])
      await expect(sessions.createSession(user, {}, { authTime })).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    await clock.advance(1)
    expect((await sessions.createSession('dave', {}, { authTime: new Date(clock.now()) })).userId).toBe('dave')
    await sessions.close()
  })
})
