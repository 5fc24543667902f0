import { createSessionManager, type ScannableStore, type SessionEvent, type SessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { beforeEach, describe, expect, it } from 'vitest'

const GRACE_OF_RETRIES = 600

/** A real store behind a switch: while it is off, every verb fails as a store does that cannot be reached. */
function switched(inner: ScannableStore): ScannableStore & { isOff: boolean } {
  const through = <Verb extends (...of: never[]) => Promise<unknown>>(verb: Verb): Verb =>
    ((...of: Parameters<Verb>) => (store.isOff ? Promise.reject(new Error('connection refused')) : verb(...of))) as Verb
  const store = {
    isOff: false,
    isVolatile: true,
    insert: through(inner.insert),
    get: through(inner.get),
    replace: through(inner.replace),
    remove: through(inner.remove),
    list: through(inner.list),
    scan: through(inner.scan),
    close: () => inner.close(),
  }
  return store
}

describe('an end that the store did not take', () => {
  let clock: FakeClock
  let store: ReturnType<typeof switched>
  let sessions: SessionManager
  let events: SessionEvent[]
  beforeEach(async () => {
    clock = fakeClock()
    store = switched(await memoryStore())
    sessions = await createSessionManager({ storage: store, clock })
    events = []
    sessions.on((event) => events.push(event))
  })
  const whileOff = async (run: () => Promise<unknown>): Promise<unknown> => {
    store.isOff = true
    const outcome = run().then(
      () => 'resolved',
      (error: unknown) => error,
    )
    await clock.advance(GRACE_OF_RETRIES)
    return await outcome
  }
  const ended = (): readonly SessionEvent[] => events.filter(({ type }) => type === 'session.ended')

  it('is never answered as done [TRM-6 ATK-033]', async () => {
    const { token } = await sessions.createSession('alice')
    expect(await whileOff(() => sessions.terminateSession(token))).toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503, retryAfter: 1 })
  })

  it('holds in this process at once, even before the store is back [TRM-6]', async () => {
    const { token } = await sessions.createSession('alice')
    await whileOff(() => sessions.terminateSession(token, { reason: 'security.stolen' }))
    expect(await sessions.validateSession(token)).toMatchObject({
      isValid: false,
      error: { code: 'SESSION_REVOKED', reason: 'security.stolen' },
    })
    await expect(sessions.renewSession(token)).rejects.toMatchObject({ code: 'SESSION_REVOKED' })
  })

  it('is stored when the store is back, without being asked again, and reported once [TRM-6 ATK-030]', async () => {
    const { token, id } = await sessions.createSession('alice')
    await whileOff(() => sessions.terminateSession(token))
    await clock.advance(30_000)
    expect(ended()).toEqual([])
    store.isOff = false
    await clock.advance(1_000)
    expect(ended().map(({ sessionId, reason }) => [sessionId, reason])).toEqual([[id, 'logout']])
    expect((await sessions.searchSessions({ status: 'ended' })).sessions.map((session) => session.id)).toEqual([id])
    await clock.advance(30_000)
    expect(ended().length).toBe(1)
  })

  it('is tried once more when the manager is closed', async () => {
    const { token } = await sessions.createSession('alice')
    await whileOff(() => sessions.terminateSession(token))
    store.isOff = false
    await sessions.close()
    expect(ended().length).toBe(1)
  })

  it('is counted in the metrics while it waits', async () => {
    const { token } = await sessions.createSession('alice')
    await whileOff(() => sessions.terminateSession(token))
    expect(sessions.metricsText()).toContain('\nsojourn_ends_pending 1\n')
    store.isOff = false
    await clock.advance(1_000)
    expect(sessions.metricsText()).toContain('\nsojourn_ends_pending 0\n')
  })

  it('everywhere: ends all that were there at the call, and none that came after it', async () => {
    const before = await sessions.createSession('alice')
    await clock.advance(10)
    expect(await whileOff(() => sessions.terminateAllUserSessions('alice'))).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    store.isOff = false
    const after = await sessions.createSession('alice')
    await clock.advance(1_000)
    expect(await sessions.validateSession(before.token)).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
    expect((await sessions.validateSession(after.token)).isValid).toBe(true)
  })

  it('whose answer alone was lost is reported once', async () => {
    const { token } = await sessions.createSession('alice')
    const replace = store.replace
    let lost = 0
    store.replace = async (row) => {
      const done = await replace(row)
      if (lost++ === 0) throw new Error('connection reset')
      return done
    }
    const ending = sessions.terminateSession(token)
    await clock.advance(GRACE_OF_RETRIES)
    await ending
    expect(ended().length).toBe(1)
  })
})
