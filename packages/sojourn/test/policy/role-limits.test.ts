import { describe, expect, it } from 'vitest'
import { ruledLimits } from '../../src/policy/effective-limits.js'
import { expiry } from '../../src/policy/expiry.js'
import { effectiveEnds, lastUse, limitsOf } from '../../src/policy/lifetime.js'
import { autoRenewal, renewal } from '../../src/policy/renewal.js'
import { isStale } from '../../src/policy/staleness.js'
import { standing } from '../../src/policy/supersession.js'
import { resolveSettings } from '../../src/settings.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const settings = resolveSettings({
  roles: {
    admin: { idleTimeout: '5m', maxSessionDuration: '2h', maxConcurrentSessions: 2, gracePeriod: 0 },
    auditor: { idleTimeout: '10m', absoluteTimeout: '1h', sessionLifetime: '20m', maxRenewals: 3 },
    payer: { requireReauthAfter: '15m', elevationDuration: '1m' },
  },
})
const plain = {
  rememberMe: false,
  roles: [] as readonly string[],
  createdAt: 0,
  authTime: 0,
  rotatedAt: 0,
  lifetimeEnd: 8 * HOUR,
  durationEnd: DAY,
  absoluteEnd: 7 * DAY,
  lastActivity: 0,
  renewals: 0,
}
const withRoles = (...roles: readonly string[]): typeof plain => ({ ...plain, roles })

describe('the limits of a session with roles', () => {
  it('are the strictest of the general ones and of all its roles, one by one [TMO-10]', () => {
    const limits = limitsOf(settings, withRoles('auditor', 'reader', 'admin'))
    expect(limits).toMatchObject({
      idle: 5 * MINUTE,
      lifetime: 20 * MINUTE,
      duration: 2 * HOUR,
      absolute: HOUR,
      maxSessions: 2,
      maxRenewals: 3,
      grace: 0,
      elevation: 15 * MINUTE,
    })
    expect(limitsOf(settings, withRoles('admin', 'auditor'))).toEqual(limits)
  })

  it('are the general ones without a role that has limits', () => {
    expect(limitsOf(settings, withRoles('reader'))).toBe(settings.ordinary)
    expect(limitsOf(resolveSettings({}), withRoles('admin'))).toMatchObject({ idle: 30 * MINUTE })
  })

  it('tighten a remembered session too', () => {
    expect(limitsOf(settings, { rememberMe: true, roles: ['admin'] })).toMatchObject({ idle: 5 * MINUTE, absolute: 7 * DAY })
  })

  it('are worked out once for each combination, in whatever order the roles stand', () => {
    expect(limitsOf(settings, withRoles('admin', 'auditor'))).toBe(limitsOf(settings, withRoles('auditor', 'x', 'admin')))
  })

  it('stay right when there are more combinations than are kept', () => {
    const many = resolveSettings({
      roles: Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`r${i}`, { idleTimeout: (i + 1) * 1_000 }])),
    })
    const first = limitsOf(many, withRoles('r0'))
    for (let i = 1; i < 1_000; i++) limitsOf(many, withRoles(`r${i}`, `r${i - 1}`))
    limitsOf(many, withRoles('r5', 'r900'))
    const again = limitsOf(many, withRoles('r0'))
    expect(again).toEqual(first)
    expect(again, 'the oldest combination made room').not.toBe(first)
  })

  it('never loosen anything, whatever a role says of a limit that is not a clock', () => {
    const loose = resolveSettings({ maxConcurrentSessions: 3, roles: { admin: { maxConcurrentSessions: 9, maxRenewals: 99 } } })
    expect(limitsOf(loose, withRoles('admin'))).toMatchObject({ maxSessions: 3, maxRenewals: 10 })
  })
})

describe('a role that a session gains', () => {
  it('shortens every clock at once, also those that were fixed at its creation [TMO-10]', () => {
    expect(effectiveEnds(settings, plain)).toEqual({ expires: 8 * HOUR, idle: 30 * MINUTE, absolute: DAY })
    expect(effectiveEnds(settings, withRoles('auditor'))).toEqual({ expires: 20 * MINUTE, idle: 10 * MINUTE, absolute: HOUR })
    const busy = { ...withRoles('admin'), lastActivity: 2 * HOUR, rotatedAt: HOUR, lifetimeEnd: 9 * HOUR }
    expect(expiry(settings, busy, 2 * HOUR)).toEqual({ expired: 'absolute', renewable: false })
    expect(expiry(settings, { ...busy, roles: [] }, 2 * HOUR)).toBeUndefined()
  })

  it('gives no time back when it is lost again and the session had ended', () => {
    expect(lastUse(settings, withRoles('auditor'))).toBeLessThan(lastUse(settings, plain))
  })

  it('cuts renewals and grace, and leaves room between two renewals', () => {
    expect(renewal(settings, { ...withRoles('auditor'), renewals: 3 }, HOUR / 2)).toEqual({ kind: 'exhausted' })
    const auditor = { ...withRoles('auditor'), lifetimeEnd: 20 * MINUTE }
    expect(autoRenewal(settings, auditor, 9 * MINUTE)).toBe(false)
    expect(autoRenewal(settings, auditor, 10 * MINUTE)).toBe(true)
    const rotated = { ...withRoles('admin'), generation: 2, rotatedAt: 0, confirmed: true }
    expect(standing(settings, rotated, 1, 1)).toBe('reused')
    expect(standing(settings, { ...rotated, roles: [] }, 1, 1)).toBe('grace')
  })

  it('asks for an authentication that is not older than the role allows', () => {
    expect(isStale(settings, withRoles('payer'), 15 * MINUTE - 1)).toBe(false)
    expect(isStale(settings, withRoles('payer'), 15 * MINUTE)).toBe(true)
    expect(isStale(settings, plain, 10 * DAY)).toBe(false)
  })
})

describe('what set a limit', () => {
  it('is told for each of them', () => {
    expect(ruledLimits(settings, withRoles('payer', 'auditor', 'admin'))).toEqual({
      idleTimeout: { value: 5 * MINUTE, by: 'role:admin' },
      sessionLifetime: { value: 20 * MINUTE, by: 'role:auditor' },
      maxSessionDuration: { value: 2 * HOUR, by: 'role:admin' },
      absoluteTimeout: { value: HOUR, by: 'role:auditor' },
      maxConcurrentSessions: { value: 2, by: 'role:admin' },
      maxRenewals: { value: 3, by: 'role:auditor' },
      gracePeriod: { value: 0, by: 'role:admin' },
      elevationDuration: { value: MINUTE, by: 'role:payer' },
      requireReauthAfter: { value: 15 * MINUTE, by: 'role:payer' },
    })
  })

  it('is the kind of session, or what was promised when it began', () => {
    const remembered = ruledLimits(settings, { ...plain, rememberMe: true, durationEnd: 7 * DAY })
    expect(remembered.idleTimeout).toEqual({ value: 7 * DAY, by: 'remember-me' })
    expect(remembered.requireReauthAfter).toEqual({ value: null, by: 'general' })
    const older = ruledLimits(settings, { ...plain, durationEnd: HOUR, absoluteEnd: 2 * HOUR })
    expect(older.maxSessionDuration).toEqual({ value: HOUR, by: 'creation' })
    expect(older.absoluteTimeout).toEqual({ value: 2 * HOUR, by: 'creation' })
    expect(older.gracePeriod).toEqual({ value: 30_000, by: 'general' })
  })
})

describe('limits of roles that cannot be meant', () => {
  it.each([
    [{ admin: { idleTimeout: '8d' } }, 'roles.admin.idleTimeout'],
    [{ admin: { absoluteTimeout: '8d' } }, 'roles.admin.absoluteTimeout'],
    [{ admin: { idle: '1m' } }, 'roles.admin.idle'],
    [{ admin: { maxRenewals: -1 } }, 'roles.admin.maxRenewals'],
    [{ admin: { maxConcurrentSessions: 0 } }, 'roles.admin.maxConcurrentSessions'],
    [{ admin: { requireReauthAfter: 0 } }, 'roles.admin.requireReauthAfter'],
    [{ admin: null }, 'roles.admin'],
    [{ '': {} }, 'roles'],
    [[], 'roles'],
    ['admin', 'roles'],
    [Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`r${i}`, {}])), 'roles'],
  ])('are refused with their path (%#)', (roles, path) => {
    expect(() => resolveSettings({ roles: roles as never })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', path }))
  })
})
