import { createSessionManager, type SessionEvent, type SessionManager, type SessionManagerOptions } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock, seededRandom } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { probedStore } from '../behaviour/probed-store.js'

const MINUTE = 60_000
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const GUESSER = { ipAddress: '198.51.100.66' }
const NEIGHBOUR = { ipAddress: '198.51.100.67' }

interface Opened {
  readonly sessions: SessionManager
  readonly clock: FakeClock
  readonly events: SessionEvent[]
  of(type: SessionEvent['type']): SessionEvent[]
}

async function open(options: SessionManagerOptions = {}): Promise<Opened> {
  const clock = fakeClock()
  const events: SessionEvent[] = []
  const sessions = await createSessionManager({ clock, ...options })
  sessions.on((event) => events.push(event))
  return { sessions, clock, events, of: (type) => events.filter((event) => event.type === type) }
}

async function guess({ sessions }: Opened, times: number, context: { readonly ipAddress?: string } = GUESSER): Promise<string[]> {
  const codes: string[] = []
  for (let i = 0; i < times; i++) {
    const result = await sessions.validateSession('not a token', context)
    codes.push(result.isValid ? 'valid' : result.error.code)
  }
  return codes
}

describe('tokens that somebody makes up', () => {
  it('never reach the store, a hundred thousand of them, and are counted [TOK-10]', async () => {
    const store = probedStore(await memoryStore())
    const opened = await open({ storage: store, throttle: { globalPerMinute: 1_000_000 } })
    const random = seededRandom(7)
    const { token } = await opened.sessions.createSession('alice')
    const before = store.calls('get')
    for (let i = 0; i < 100_000; i++) {
      let made = token.slice(0, 2)
      while (made.length < token.length) made += ALPHABET.charAt(random.below(64))
      const result = await opened.sessions.validateSession(made)
      if (result.isValid) expect(result.isValid).toBe(false)
    }
    expect(store.calls('get')).toBe(before)
    expect(opened.sessions.metricsText()).toMatch(/sojourn_guesses_total 100000\n/)
  })
})

describe('somebody who guesses tokens', () => {
  it('is told to wait from the hundred and first in a minute on, and it is reported once [TOK-11]', async () => {
    const opened = await open()
    const codes = await guess(opened, 150)
    expect(codes.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 'TOKEN_MALFORMED'))
    expect(codes.slice(100)).toEqual(Array.from({ length: 50 }, () => 'RATE_LIMITED'))
    const result = await opened.sessions.validateSession('x', GUESSER)
    expect(result).toMatchObject({ isValid: false, error: { status: 429, retryAfter: expect.any(Number) } })
    expect(opened.of('security.guessing')).toEqual([expect.objectContaining({ count: 101, source: expect.any(String) })])
    expect(JSON.stringify(opened.events)).not.toContain(GUESSER.ipAddress)
    await opened.clock.advance(3 * MINUTE)
    expect(await guess(opened, 1)).toEqual(['TOKEN_MALFORMED'])
  })

  it('hurts nobody else: neighbours are told as before, and a good token from the same address is good [TOK-11]', async () => {
    const opened = await open()
    const { sessions } = opened
    const { token } = await sessions.createSession('alice', GUESSER)
    await guess(opened, 200)
    expect(await guess(opened, 1, NEIGHBOUR)).toEqual(['TOKEN_MALFORMED'])
    expect(await sessions.validateSession(token, GUESSER)).toMatchObject({ isValid: true })
    await sessions.terminateSession(token)
    expect(await sessions.validateSession(token, GUESSER)).toMatchObject({ error: { code: 'SESSION_REVOKED' } })
  })

  it('is one source with all addresses of a /64 and with every spelling of one [ATK-107]', async () => {
    const opened = await open({ throttle: { invalidPerMinute: 10 } })
    for (let i = 0; i < 10; i++)
      expect(await guess(opened, 1, { ipAddress: `2001:DB8:0:7::${i.toString(16)}` })).toEqual(['TOKEN_MALFORMED'])
    expect(await guess(opened, 1, { ipAddress: '2001:0db8:0000:0007:ffff::1' })).toEqual(['RATE_LIMITED'])
    expect(await guess(opened, 1, { ipAddress: '2001:db8:0:8::1' })).toEqual(['TOKEN_MALFORMED'])
    await guess(opened, 11, { ipAddress: '::ffff:203.0.113.5' })
    expect(await guess(opened, 1, { ipAddress: '203.0.113.5' })).toEqual(['RATE_LIMITED'])
  })

  it('is counted at renewals as well', async () => {
    const { sessions } = await open({ throttle: { invalidPerMinute: 2 } })
    const code = (): Promise<string> => sessions.renewSession('bad', GUESSER).then(String, (error: { code: string }) => error.code)
    expect([await code(), await code(), await code()]).toEqual(['TOKEN_MALFORMED', 'TOKEN_MALFORMED', 'RATE_LIMITED'])
  })

  it('fills no audit log: above the limit a guess is a number and not a record', async () => {
    const opened = await open({ throttle: { invalidPerMinute: 10 } })
    await guess(opened, 500)
    expect(opened.of('session.refused')).toHaveLength(10)
    expect(opened.of('security.guessing')).toHaveLength(1)
    expect(opened.sessions.metricsText()).toMatch(/sojourn_guesses_throttled_total 490\n/)
  })

  it('with ever new addresses is seen by the count of all, and nobody is refused for it', async () => {
    const opened = await open({ throttle: { globalPerMinute: 1_000 } })
    for (let i = 0; i < 1_500; i++) expect(await guess(opened, 1, { ipAddress: `10.0.${i >> 8}.${i & 255}` })).toEqual(['TOKEN_MALFORMED'])
    expect(opened.of('security.guessing-everywhere')).toEqual([expect.objectContaining({ count: 1_001 })])
    expect(opened.of('security.guessing')).toEqual([])
    expect(opened.sessions.metricsText()).toContain('sojourn_security_events_total{kind="guessing-everywhere"} 1')
  })

  it('is not who presents a session that has expired, was ended or has too old a token', async () => {
    const opened = await open({ throttle: { invalidPerMinute: 1 }, cleanupInterval: 0 })
    const { sessions, clock } = opened
    const expired = await sessions.createSession('alice', GUESSER)
    await clock.advance(31 * MINUTE)
    for (let i = 0; i < 10; i++)
      expect(await sessions.validateSession(expired.token, GUESSER)).toMatchObject({ error: { code: 'SESSION_EXPIRED' } })
    expect(opened.of('security.guessing')).toEqual([])
    // Once it is swept nothing is known of it but that it was made here: counted, and told to log in all the same.
    await sessions.sweep()
    for (let i = 0; i < 3; i++)
      expect(await sessions.validateSession(expired.token, GUESSER)).toMatchObject({ error: { code: 'SESSION_NOT_FOUND' } })
    expect(await guess(opened, 1)).toEqual(['RATE_LIMITED'])
  })

  it('is not counted where nobody says where a token came from, or counting is off', async () => {
    const opened = await open({ throttle: { invalidPerMinute: 5 } })
    expect(new Set(await guess(opened, 50, {}))).toEqual(new Set(['TOKEN_MALFORMED']))
    expect(opened.sessions.guessesLeft(undefined)).toBeUndefined()
    const off = await open({ throttle: { enabled: false, invalidPerMinute: 1 } })
    expect(new Set(await guess(off, 50))).toEqual(new Set(['TOKEN_MALFORMED']))
    expect(await off.sessions.noteGuess(GUESSER.ipAddress)).toBeUndefined()
  })
})
