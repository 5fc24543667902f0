import { describe, expect, it } from 'vitest'
import type { SessionManagerOptions } from '../../src/config.js'
import { parseDuration } from '../../src/duration.js'
import { resolveSettings } from '../../src/settings.js'

const refusal = (options: unknown): { code?: string; path?: string; message?: string } => {
  try {
    resolveSettings(options as SessionManagerOptions)
  } catch (error) {
    return error as Error
  }
  return {}
}

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['15m', 900_000],
    ['8h', 28_800_000],
    ['7d', 604_800_000],
    ['1.5h', 5_400_000],
    [1_000, 1_000],
    [0, 0],
  ])('%s is %s ms', (text, millis) => {
    expect(parseDuration(text)).toBe(millis)
  })
  it.each([
    '',
    '30',
    's',
    '-1s',
    '1 h',
    '1w',
    '1e3s',
    'Infinity',
    '99999999d',
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    {},
    [],
    true,
  ])('%s is none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })
})

describe('settings', () => {
  it('are complete without any option', () => {
    expect(resolveSettings({})).toMatchObject({
      ordinary: { idle: 1_800_000, lifetime: 28_800_000, duration: 86_400_000, absolute: 604_800_000 },
      remembered: { idle: 604_800_000, lifetime: 604_800_000, duration: 604_800_000, absolute: 604_800_000 },
      renewal: { auto: true, threshold: 3_600_000, maxRenewals: 10, grace: 30_000 },
      activityInterval: 30_000,
    })
  })

  it('stretch the limits that nobody set rather than cut short the one that somebody did', () => {
    expect(resolveSettings({ sessionLifetime: '30d' }).ordinary).toMatchObject({
      lifetime: 30 * 86_400_000,
      duration: 30 * 86_400_000,
      absolute: 30 * 86_400_000,
    })
    expect(resolveSettings({ sessionLifetime: '10m' }).renewal.threshold).toBe(600_000)
  })

  it('write activity at least twenty times in the shortest idle time', () => {
    expect(resolveSettings({ idleTimeout: '1m' }).activityInterval).toBe(3_000)
    expect(resolveSettings({ idleTimeout: '5ms' }).activityInterval).toBe(1)
  })

  it('understand the older names', () => {
    expect(
      resolveSettings({
        timeout: '5m',
        cleanup: '1m',
        security: { encryption: true, tokenType: 'opaque', refreshToken: false, rotationPolicy: 'interval' },
      }),
    ).toMatchObject({
      ordinary: { idle: 300_000 },
      cleanupInterval: 60_000,
      renewal: { auto: true },
    })
  })

  it.each([
    ['an unknown option', { idleTimout: '5m' }, 'idleTimout'],
    ['an unknown option further down', { renewal: { treshold: '1h' } }, 'renewal.treshold'],
    ['a wrong type', { maxConcurrentSessions: '5' }, 'maxConcurrentSessions'],
    ['a flag that is none', { renewal: { auto: 'yes' } }, 'renewal.auto'],
    ['an object that is none', { renewal: null }, 'renewal'],
    ['a duration without unit', { idleTimeout: '30' }, 'idleTimeout'],
    ['no time at all', { idleTimeout: 0 }, 'idleTimeout'],
    ['no session at all', { maxConcurrentSessions: 0 }, 'maxConcurrentSessions'],
    ['an idle time that can never take effect', { idleTimeout: '8d', absoluteTimeout: '7d' }, 'idleTimeout'],
    ['a lifetime beyond the longest duration', { sessionLifetime: '2d', maxSessionDuration: '1d' }, 'sessionLifetime'],
    ['a threshold beyond the lifetime', { renewal: { threshold: '9h' }, sessionLifetime: '8h' }, 'renewal.threshold'],
    ['remembered sessions beyond the absolute limit', { rememberMe: { lifetime: '30d' } }, 'rememberMe.lifetime'],
    ['tokens that are none', { tokenType: 'saml' }, 'tokenType'],
    ['tokens that are none, by their older name', { security: { tokenType: 'JWT' } }, 'security.tokenType'],
    ['access longer than the session', { refreshToken: true, accessLifetime: '9h', sessionLifetime: '8h' }, 'accessLifetime'],
    ['an algorithm that is none of three', { tokenType: 'jwt', jwt: { algorithm: 'none' } }, 'jwt.algorithm'],
    ['HS256 without a secret', { tokenType: 'jwt', jwt: { algorithm: 'HS256' } }, 'jwt.secret'],
    ['a secret beside a key pair', { tokenType: 'jwt', jwt: { algorithm: 'EdDSA', secret: 'x' } }, 'jwt.secret'],
    ['a leeway of a minute', { tokenType: 'jwt', jwt: { leeway: '1m' } }, 'jwt.leeway'],
    ['no audience [JWT-8]', { tokenType: 'jwt', jwt: { audience: '' } }, 'jwt.audience'],
    ['several audiences [JWT-8]', { tokenType: 'jwt', jwt: { audience: ['a', 'b'] } }, 'jwt.audience'],
    ['several issuers [JWT-7]', { tokenType: 'jwt', jwt: { issuer: ['a'] } }, 'jwt.issuer'],
    ['a subject that is neither', { tokenType: 'jwt', jwt: { subject: 'email' } }, 'jwt.subject'],
    ['sessions in clear', { security: { encryption: false } }, 'security.encryption'],
    ['a second token, perhaps', { security: { refreshToken: 'yes' } }, 'security.refreshToken'],
    ['renewal without a new token', { security: { rotationPolicy: 'never' } }, 'security.rotationPolicy'],
    ['a policy that is none', { onSessionLimit: 'evict' }, 'onSessionLimit'],
  ])('refuse %s, and say where', (_name, options, path) => {
    const found = refusal(options)
    expect(found).toMatchObject({ code: 'CONFIG_INVALID', path })
    expect(found.message).toContain(path)
    expect(found.message).toMatch(/found .+; /)
  })
})

describe('a store by description', () => {
  it('keeps sessions at least as long as they live', () => {
    expect(refusal({ storage: { type: 'memory', ttl: '1h' } })).toMatchObject({ code: 'CONFIG_INVALID', path: 'storage.ttl' })
    expect(refusal({ storage: { type: 'memory', ttl: '8h' } })).toEqual({})
  })
})
