import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leastLimit, mostSessions, surplus } from '../../src/policy/concurrency.js'
import { resolveSettings } from '../../src/settings.js'

const MINUTE = 60_000
const now = 100 * MINUTE

interface Given {
  readonly id: string
  readonly record: {
    readonly rememberMe: boolean
    readonly roles: readonly string[]
    readonly createdAt: number
    readonly lastActivity: number
  }
}
const session = (id: string, createdAt: number, lastActivity = createdAt, ...roles: readonly string[]): Given => ({
  id,
  record: { rememberMe: false, roles, createdAt, lastActivity },
})
const ids = (sessions: readonly Given[]): string[] => sessions.map(({ id }) => id).sort()

describe('the sessions above the limit', () => {
  const three = [session('a', 0, 90 * MINUTE), session('b', MINUTE, 50 * MINUTE), session('new', now)]

  it('are the oldest, or those not used for the longest time [CON-2]', () => {
    expect(ids(surplus(resolveSettings({ maxConcurrentSessions: 2 }), three, now))).toEqual(['a'])
    expect(ids(surplus(resolveSettings({ maxConcurrentSessions: 2, onSessionLimit: 'evict-idle' }), three, now))).toEqual(['b'])
  })

  it('never are the login itself, however lately the others were used', () => {
    const used = [session('a', 0, now + 5), session('new', now)]
    expect(ids(surplus(resolveSettings({ maxConcurrentSessions: 1, onSessionLimit: 'evict-idle' }), used, now))).toEqual(['a'])
  })

  it('are counted by the strictest role among those that stay', () => {
    const settings = resolveSettings({ maxConcurrentSessions: 3, roles: { admin: { maxConcurrentSessions: 1 } } })
    expect(leastLimit(settings)).toBe(1)
    expect(mostSessions(settings, [session('a', 0, 0, 'admin').record])).toBe(1)
    expect(ids(surplus(settings, [session('a', 0), session('b', 1), session('new', 2, 2, 'admin')], now))).toEqual(['a', 'b'])
    expect(ids(surplus(settings, [session('a', 0), session('b', 1, 1, 'admin'), session('new', 2)], now))).toEqual(['b'])
  })

  it('leave no more than any of those that stay allows, in any mix of roles', () => {
    const given = fc.array(fc.record({ createdAt: fc.nat(1_000), idle: fc.nat(100 * MINUTE), roles: fc.subarray(['admin', 'auditor']) }), {
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(given, fc.constantFrom('evict-oldest', 'evict-idle'), (rows, onSessionLimit) => {
        const settings = resolveSettings({
          maxConcurrentSessions: 5,
          onSessionLimit,
          roles: { admin: { maxConcurrentSessions: 1 }, auditor: { maxConcurrentSessions: 3 } },
        })
        const sessions = rows
          .sort((a, b) => a.createdAt - b.createdAt)
          .map(({ createdAt, idle, roles }, i) => session(`s${i}`, createdAt, createdAt + idle, ...roles))
        const gone = new Set(surplus(settings, sessions, now))
        const stay = sessions.filter((one) => !gone.has(one))
        expect(stay.length).toBeGreaterThan(0)
        expect(stay.length).toBeLessThanOrEqual(
          mostSessions(
            settings,
            stay.map(({ record }) => record),
          ),
        )
      }),
      { seed: 11, numRuns: 500 },
    )
  })
})
