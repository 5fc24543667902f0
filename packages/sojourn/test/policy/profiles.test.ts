import { policyDocument, type SessionManagerOptions } from 'sojourn'
import { describe, expect, it } from 'vitest'
import { resolveSettings } from '../../src/settings.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const rotationOf = ({ ordinary }: ReturnType<typeof resolveSettings>): number => ordinary.lifetime - ordinary.threshold

describe('a profile', () => {
  it.each([
    ['web', 30 * MINUTE, 12 * HOUR, HOUR, 5 * MINUTE, 10, false],
    ['pci', 15 * MINUTE, 8 * HOUR, 15 * MINUTE, 5 * MINUTE, 1, false],
    ['aal1', 14 * DAY, 30 * DAY, DAY, 15 * MINUTE, 10, true],
    ['aal2', HOUR, DAY, HOUR, 5 * MINUTE, 5, false],
    ['aal3', 15 * MINUTE, 12 * HOUR, 15 * MINUTE, 2 * MINUTE, 1, false],
  ] as const)('%s sets the defaults of its row [TMO-9]', (profile, idle, absolute, rotation, elevation, maxSessions, remembers) => {
    const settings = resolveSettings({ profile })
    expect(settings.ordinary).toMatchObject({ idle, absolute, duration: absolute, elevation, maxSessions, grace: 10 * SECOND })
    expect(rotationOf(settings)).toBe(rotation)
    expect(settings.remembers).toBe(remembers)
    expect(settings.deviations).toEqual([])
    // Renewed whenever it is due, a session lasts as long as it may.
    expect(settings.ordinary.lifetime + settings.ordinary.maxRenewals * rotation).toBeGreaterThanOrEqual(absolute)
  })

  it('is not there unless it is chosen, and then everything is as it was', () => {
    expect(resolveSettings({})).toMatchObject({
      profile: undefined,
      remembers: true,
      ordinary: { idle: 30 * MINUTE, lifetime: 8 * HOUR, duration: DAY, absolute: 7 * DAY, grace: 30 * SECOND, maxRenewals: 10 },
      remembered: { idle: 7 * DAY, lifetime: 7 * DAY },
    })
  })

  it('lets remembered sessions live as long as it allows, and ordinary ones no longer than theirs', () => {
    const web = resolveSettings({ profile: 'web', rememberMe: { enabled: true } })
    expect(web.remembered).toMatchObject({ absolute: 30 * DAY, lifetime: 30 * DAY })
    expect(web.ordinary).toMatchObject({ absolute: 12 * HOUR, duration: 12 * HOUR })
    expect(web.remembered.lifetime - web.remembered.threshold).toBe(HOUR)
  })

  it('keeps its rotation when only the life of a token is given', () => {
    expect(rotationOf(resolveSettings({ profile: 'web', sessionLifetime: '8h' }))).toBe(HOUR)
  })

  it.each<readonly [SessionManagerOptions, string]>([
    [{ profile: 'pci', idleTimeout: '30m' }, 'idleTimeout'],
    [{ profile: 'web', absoluteTimeout: '7d' }, 'absoluteTimeout'],
    [{ profile: 'aal3', maxSessionDuration: '24h' }, 'maxSessionDuration'],
    [{ profile: 'web', sessionLifetime: '8h', renewal: { threshold: '1h' } }, 'renewal.threshold'],
    [{ profile: 'web', renewal: { auto: false } }, 'renewal.auto'],
    [{ profile: 'web', renewal: { gracePeriod: '30s' } }, 'renewal.gracePeriod'],
    [{ profile: 'aal2', elevation: { duration: '15m' } }, 'elevation.duration'],
    [{ profile: 'aal3', maxConcurrentSessions: 2 }, 'maxConcurrentSessions'],
    [{ profile: 'pci', rememberMe: { enabled: true } }, 'rememberMe.enabled'],
    [{ profile: 'aal1', absoluteTimeout: '40d' }, 'absoluteTimeout'],
  ])('refuses what is looser, unless it is justified (%#) [TMO-9]', (options, path) => {
    expect(() => resolveSettings(options)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        path,
        message: expect.stringMatching(/profile "\w+" allows .* `justification`/),
      }),
    )
    const justified = resolveSettings({ ...options, justification: 'Accepted by the owner until June.' })
    expect(justified.deviations.map((one) => one.path)).toContain(path)
  })

  it('takes what is stricter without a word', () => {
    const settings = resolveSettings({
      profile: 'web',
      idleTimeout: '5m',
      absoluteTimeout: '4h',
      maxSessionDuration: '4h',
      maxConcurrentSessions: 1,
    })
    expect(settings.deviations).toEqual([])
    expect(settings.ordinary).toMatchObject({ idle: 5 * MINUTE, absolute: 4 * HOUR, maxSessions: 1 })
  })

  it.each([
    [{ profile: 'nist' }, 'profile'],
    [{ profile: 1 }, 'profile'],
    [{ justification: '' }, 'justification'],
    [{ justification: 'a\u0007b' }, 'justification'],
    [{ justification: 7 }, 'justification'],
    [{ rememberMe: { enabled: 'yes' } }, 'rememberMe.enabled'],
    [{ throttle: { invalidPerMinute: 0 } }, 'throttle.invalidPerMinute'],
    [{ throttle: { globalPerMinute: 1.5 } }, 'throttle.globalPerMinute'],
    [{ throttle: { perMinute: 5 } }, 'throttle.perMinute'],
    [{ throttle: { enabled: 0 } }, 'throttle.enabled'],
    [{ requireReauthAfter: 'soon' }, 'requireReauthAfter'],
    [{ onSessionLimit: 'evict' }, 'onSessionLimit'],
  ])('and what belongs to it is refused with its path when it cannot be meant (%#)', (options, path) => {
    expect(() => resolveSettings(options as never)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', path }))
  })
})

describe('the policy document', () => {
  it('tells limits, roles, the rule of parallel sessions and every departure with its reason [DOC-1]', () => {
    const text = policyDocument({
      profile: 'pci',
      idleTimeout: '30m',
      maxConcurrentSessions: 3,
      onSessionLimit: 'reject',
      justification: 'Tills are shared\nuntil the new ones come | see <#12>.',
      roles: { admin: { idleTimeout: '5m', requireReauthAfter: '1h' }, auditor: { maxConcurrentSessions: 1 } },
    })
    expect(text).toMatchSnapshot()
  })

  it('without a profile says that there is none [DOC-1]', () => {
    const text = policyDocument()
    expect(text).toContain('No profile was chosen')
    expect(text).toContain('| Longest time between two uses | 30 minutes | 7 days |')
    expect(text).toContain('the oldest sessions of the user end')
    expect(text).toBe(policyDocument({}))
  })

  it('is not made of options that no manager would take', () => {
    expect(() => policyDocument({ profile: 'pci', idleTimeout: '30m' })).toThrow(expect.objectContaining({ path: 'idleTimeout' }))
  })
})
