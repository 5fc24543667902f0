import { createSessionManager, type SessionEvent, type SessionManager, type SessionManagerOptions } from 'sojourn'
import { fakeClock } from 'sojourn/testing'
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/store/memory.js'
import { isScannable, type Row, type Store } from '../../src/store/store.js'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'
const VICTIM = { ipAddress: '203.0.113.7', userAgent: FIREFOX, acceptLanguage: 'de' }
const MINUTE = 60_000
const KEY = Uint8Array.from({ length: 32 }, (_, i) => (i * 73 + 41) & 255)

async function rowsOf(store: Store): Promise<readonly Row[]> {
  return isScannable(store) ? (await store.scan({ from: 0, to: 8.64e15, limit: 1_000 })).rows : []
}

interface Installation {
  readonly sessions: SessionManager
  readonly clock: ReturnType<typeof fakeClock>
  readonly events: SessionEvent[]
  readonly store: Store
}

async function install(options: SessionManagerOptions = {}): Promise<Installation> {
  const store = await memoryStore()
  const clock = fakeClock()
  const sessions = await createSessionManager({ cleanupInterval: 0, ...options, clock, storage: store })
  const events: SessionEvent[] = []
  sessions.on((event) => void events.push(event))
  return { sessions, clock, events, store }
}

async function codeOf(sessions: SessionManager, token: string, context?: object): Promise<string> {
  const verdict = await sessions.validateSession(token, context)
  return verdict.isValid ? 'accepted' : verdict.error.code
}

describe('a thief with a copied token', () => {
  test('is refused in another browser, and the user goes on [RSK-1]', async () => {
    const { sessions, clock, events } = await install()
    const { token } = await sessions.createSession('alice', VICTIM)
    await clock.advance(MINUTE)
    expect(await codeOf(sessions, token, { ...VICTIM, userAgent: CHROME })).toBe('CONTEXT_MISMATCH')
    expect(await codeOf(sessions, token, VICTIM)).toBe('accepted')
    expect(events.filter(({ type }) => type === 'security.context')).toHaveLength(1)
    expect(events.filter(({ type }) => type === 'security.risk')).toMatchObject([
      { signals: ['agent-changed'], score: 30, action: 'refuse' },
    ])
    await sessions.close()
  })

  test('raises the alarm by using it beside the user from elsewhere, and gets nothing by it [RSK-4 STP-2]', async () => {
    const { sessions, clock, events } = await install()
    const { token, id } = await sessions.createSession('alice', VICTIM, { permissions: ['read'] })
    await sessions.setSessionPermissions(token, ['read', 'pay'])
    await clock.advance(2_000)
    await sessions.validateSession(token, VICTIM)
    await clock.advance(2_000)
    expect(await codeOf(sessions, token, { ipAddress: '198.51.100.9', userAgent: CHROME })).toBe('REAUTHENTICATION_REQUIRED')
    expect(events.find(({ type }) => type === 'security.risk')).toMatchObject({ reason: 'two-places', action: 'step-up' })
    // Neither by the right browser, nor by making the session fit, nor by a renewal does it open again.
    expect(await codeOf(sessions, token, VICTIM)).toBe('REAUTHENTICATION_REQUIRED')
    await expect(sessions.updateSessionContext(token, { userAgent: CHROME })).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    await expect(sessions.renewSession(token)).rejects.toMatchObject({ status: expect.any(Number) })
    expect((await sessions.getSession(id))?.permissions).toEqual(['read'])
    await sessions.close()
  })

  test('cannot wash a suspicion off by waiting for the write behind it: other nodes know at once', async () => {
    const { sessions, clock, store } = await install({ keys: { master: KEY } })
    const other = await createSessionManager({ storage: store, clock, cleanupInterval: 0, keys: { master: KEY } })
    const { token } = await sessions.createSession('alice', VICTIM)
    expect(await codeOf(other, token, VICTIM)).toBe('accepted')
    await codeOf(sessions, token, { ipAddress: '198.51.100.9', userAgent: CHROME })
    expect(await codeOf(other, token, VICTIM)).toBe('REAUTHENTICATION_REQUIRED')
    await sessions.close()
  })

  test('who is judged while the store is out is neither let in nor logged out [RSK-1]', async () => {
    const inner = await memoryStore()
    let down = false
    const replace: Store['replace'] = async (row) => {
      if (down) throw new Error('out')
      return await inner.replace(row)
    }
    const clock = fakeClock()
    const sessions = await createSessionManager({ storage: { ...inner, replace }, clock, cleanupInterval: 0 })
    const { token } = await sessions.createSession('alice', VICTIM)
    down = true
    const judged = codeOf(sessions, token, { ipAddress: '198.51.100.9', userAgent: CHROME }).catch((error: unknown) => error)
    for (let waits = 0; waits < 10; waits++) await clock.advance(350)
    expect(await judged).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    down = false
    await sessions.close()
  })

  test('cannot hide by leaving out what would tell on him: what the session is bound to stays bound', async () => {
    const { sessions, clock } = await install()
    const { token } = await sessions.createSession('alice', { ...VICTIM, deviceId: 'laptop' })
    await clock.advance(MINUTE)
    expect(await codeOf(sessions, token, {})).toBe('accepted')
    expect(await codeOf(sessions, token, { deviceId: 'phone' })).toBe('CONTEXT_MISMATCH')
    expect(await codeOf(sessions, token, { userAgent: CHROME })).toBe('CONTEXT_MISMATCH')
    await sessions.close()
  })
})

describe('an attacker who changes addresses', () => {
  test('is one source in any spelling, since addresses are kept and compared in one [RSK-2 ATK-107]', async () => {
    const { sessions, events } = await install()
    const spellings = ['::ffff:203.0.113.7', '::FFFF:203.0.113.7', '::ffff:cb00:7107', '0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7']
    const { token } = await sessions.createSession('alice', { ipAddress: '203.0.113.7' })
    for (const ipAddress of spellings) expect(await codeOf(sessions, token, { ipAddress })).toBe('accepted')
    expect((await sessions.getSessionAnalytics(token)).ipAddresses.map(({ value }) => value)).toEqual(['203.0.113.7'])
    expect(new Set(events.flatMap(({ source }) => source ?? [])).size).toBe(1)
    expect(events.filter(({ type }) => type === 'security.risk')).toEqual([])
    await sessions.close()
  })

  test('within one /64 is no news after the first, however many he uses [RSK-2 ATK-107]', async () => {
    const { sessions, events } = await install()
    const { token } = await sessions.createSession('alice', { ipAddress: '2001:db8:1:2::1' })
    for (let host = 2; host < 1_000; host++) await codeOf(sessions, token, { ipAddress: `2001:db8:1:2:${host.toString(16)}::1` })
    expect(events.filter(({ type }) => type === 'security.risk')).toEqual([])
    await sessions.close()
  })

  test('cannot use a zone, a port or an octal form as an address of its own', async () => {
    const { sessions } = await install()
    for (const ipAddress of ['fe80::1%eth0', '010.0.0.1', '0x7f.1']) {
      expect('ipAddress' in (await sessions.createSession('alice', { ipAddress })).context).toBe(false)
    }
    await sessions.close()
  })
})

describe('a login by somebody else', () => {
  test('cannot push the user out in silence: the end and the new device are both told [CON-3]', async () => {
    const { sessions, events } = await install({ maxConcurrentSessions: 1 })
    await sessions.createSession('alice', VICTIM)
    await sessions.flush()
    const victim = sessions.pseudonym('alice')
    await sessions.createSession('alice', { ipAddress: '198.51.100.9', userAgent: CHROME })
    await sessions.flush()
    expect(events).toContainEqual(expect.objectContaining({ type: 'session.ended', reason: 'limit', subject: victim }))
    expect(events).toContainEqual(expect.objectContaining({ type: 'security.new-device', reason: 'unknown-device', subject: victim }))
    await sessions.close()
  })

  test('does not push the user out at all where newcomers are rejected [CON-3]', async () => {
    const { sessions } = await install({ maxConcurrentSessions: 1, onSessionLimit: 'reject' })
    const { token } = await sessions.createSession('alice', VICTIM)
    await expect(sessions.createSession('alice', { userAgent: CHROME })).rejects.toMatchObject({ code: 'SESSION_LIMIT_REACHED' })
    expect(await codeOf(sessions, token, VICTIM)).toBe('accepted')
    await sessions.close()
  })
})

describe('who reads what is kept', () => {
  test('finds no fingerprint in clear, no language, no client hint, no user id, and each user under other hashes [RSK-5]', async () => {
    const { sessions, events, store } = await install()
    const context = { ...VICTIM, acceptLanguage: 'nb-NO', clientHints: { brands: '"Brave";v="142"', platform: '"Linux"' } }
    const alice = await sessions.createSession('alice', context)
    const bob = await sessions.createSession('bob', context)
    await sessions.flush()
    expect(Object.keys(alice.context)).toEqual(['ipAddress', 'userAgent'])
    expect(alice.device?.fingerprint).not.toBe(bob.device?.fingerprint)
    expect(alice.device?.id).not.toBe(bob.device?.id)
    const told = JSON.stringify([events, alice.device])
    for (const secret of ['nb-NO', 'nb', 'alice', 'bob', '203.0.113.7', FIREFOX]) expect(told.split(/[^A-Za-z0-9.]/)).not.toContain(secret)
    for (const row of await rowsOf(store)) {
      const text = Buffer.from(row.data).toString('latin1') + row.id + (row.owner ?? '')
      for (const secret of ['nb-NO', 'Brave', 'alice', '203.0.113.7', 'Firefox']) expect(text).not.toContain(secret)
    }
    await sessions.close()
  })

  test('finds a list of devices beside the sessions of its user, and in no list of sessions', async () => {
    const { sessions, store } = await install()
    const { id } = await sessions.createSession('alice', VICTIM)
    await sessions.flush()
    const rows = (await rowsOf(store)).filter((row) => row.id.startsWith(id.slice(4, 6)))
    expect(rows).toHaveLength(2)
    expect(rows.filter(({ owner }) => owner === null)).toHaveLength(1)
    expect(await sessions.getActiveSessions('alice')).toHaveLength(1)
    await sessions.close()
  })

  test('finds full addresses no longer than their session stands: what is left of an ended one has none [PRV-1]', async () => {
    const { sessions } = await install()
    const { id, token } = await sessions.createSession('alice', VICTIM)
    await sessions.terminateSession(token)
    expect((await sessions.getSession(id))?.context).toEqual({})
    const [device] = await sessions.listDevices('alice')
    expect(JSON.stringify(device)).not.toContain('203.0.113')
    await sessions.close()
  })
})
