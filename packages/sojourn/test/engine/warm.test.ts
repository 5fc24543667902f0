import { createSessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
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

  it('is shown from memory with every field that the store shows, and with dates of its own', async () => {
    const clock = fakeClock()
    await using sessions = await createSessionManager({ clock })
    const context = { ipAddress: '203.0.113.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0' }
    const { token } = await sessions.createSession('alice', context, {
      roles: ['user'],
      amr: ['pwd'],
      acr: 'aal1',
      tenant: 'one',
      actor: 'support-7',
      data: { cart: [1] },
    })
    await sessions.setSessionPermissions(token, ['pay'], { expiresIn: '1m' })
    const views = []
    for (let times = 0; times < 3; times++) {
      const answer = await sessions.validateSession(token, context)
      if (!answer.isValid) throw answer.error
      views.push(answer.session)
    }
    const [cold, warm, again] = views
    expect(Object.keys(cold!)).toEqual(expect.arrayContaining(['device', 'amr', 'acr', 'actor', 'elevatedUntil']))
    expect(warm).toEqual(cold)
    expect(again).toEqual(cold)
    warm!.elevatedUntil!.setTime(0)
    warm!.expiresAt.setTime(0)
    expect(again).toEqual(cold)
  })

  it('is opened by no token that differs from its own in one character, wherever that stands', async () => {
    await using sessions = await createSessionManager()
    const { token } = await sessions.createSession('alice')
    for (let times = 0; times < 2; times++) expect((await sessions.validateSession(token)).isValid).toBe(true)
    for (let at = 0; at < token.length; at++) {
      const other = token.slice(0, at) + (token.charAt(at) === 'a' ? 'b' : 'a') + token.slice(at + 1)
      expect((await sessions.validateSession(other)).isValid).toBe(false)
    }
    expect((await sessions.validateSession(token)).isValid).toBe(true)
  })

  it('stays refused once it was judged anew, though its row is as it was', async () => {
    const store = await memoryStore()
    let isShaken = false
    // Its index has lost the session, so that "log out everywhere" ends it by the instant alone.
    const storage: typeof store = {
      ...store,
      list: async () => [],
      watching: {
        watch() {
          const watch = store.watching!.watch()
          return {
            ...watch,
            unheard() {
              if (!isShaken) return watch.unheard()
              isShaken = false
              return 'all'
            },
          }
        },
      },
    }
    await using sessions = await createSessionManager({ storage })
    const { token } = await sessions.createSession('alice')
    for (let times = 0; times < 3; times++) expect((await sessions.validateSession(token)).isValid).toBe(true)
    await sessions.terminateAllUserSessions('alice')
    isShaken = true
    expect((await sessions.validateSession(token)).isValid).toBe(false)
    expect(isShaken).toBe(false)
    expect((await sessions.validateSession(token)).isValid).toBe(false)
  })
})
