import { describe, expect, it } from 'vitest'
import { contextMismatch } from '../../src/policy/context.js'
import { expiry } from '../../src/policy/expiry.js'
import { effectiveEnds, lastUse, renewedLifetimeEnd } from '../../src/policy/lifetime.js'
import { autoRenewal, renewal } from '../../src/policy/renewal.js'
import { standing } from '../../src/policy/supersession.js'
import { agentFamily } from '../../src/policy/user-agent.js'
import { resolveSettings } from '../../src/settings.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const settings = resolveSettings({
  idleTimeout: '30m',
  sessionLifetime: '8h',
  maxSessionDuration: '24h',
  absoluteTimeout: '7d',
  renewal: { gracePeriod: '5m' },
})
const facts = {
  rememberMe: false,
  roles: [],
  createdAt: 0,
  authTime: 0,
  lifetimeEnd: 8 * HOUR,
  durationEnd: DAY,
  absoluteEnd: 7 * DAY,
  lastActivity: 0,
  renewals: 0,
  rotatedAt: 0,
  generation: 1,
  confirmed: true,
}

describe('expiry', () => {
  const busy = { ...facts, lastActivity: 30 * DAY }
  it.each([
    ['idle, at the very instant', facts, 30 * MINUTE, { expired: 'idle', renewable: false }],
    ['nothing, a millisecond before', facts, 30 * MINUTE - 1, undefined],
    ['lifetime, renewable inside the grace', busy, 8 * HOUR, { expired: 'lifetime', renewable: true }],
    ['lifetime, renewable to its last millisecond', busy, 8 * HOUR + 5 * MINUTE - 1, { expired: 'lifetime', renewable: true }],
    ['lifetime, not renewable after the grace', busy, 8 * HOUR + 5 * MINUTE, { expired: 'lifetime', renewable: false }],
    ['not renewable when it was renewed too often', { ...busy, renewals: 10 }, 8 * HOUR, { expired: 'lifetime', renewable: false }],
    ['absolute, before everything else', facts, 7 * DAY, { expired: 'absolute', renewable: false }],
    ['the longest duration counts as absolute', busy, DAY, { expired: 'absolute', renewable: false }],
  ])('%s', (_name, given, now, expected) => {
    expect(expiry(settings, given, now)).toEqual(expected)
  })

  it('takes a limit that was tightened at once, and gives none that was loosened', () => {
    const tightened = resolveSettings({ absoluteTimeout: '2h', idleTimeout: '10m' })
    expect(effectiveEnds(tightened, facts)).toMatchObject({ absolute: 2 * HOUR, expires: 2 * HOUR, idle: 10 * MINUTE })
    const loosened = resolveSettings({ absoluteTimeout: '30d', maxSessionDuration: '20d' })
    expect(effectiveEnds(loosened, facts).absolute).toBe(DAY)
  })

  it('lets a row be swept only when nothing can be done with it any more', () => {
    expect(lastUse(settings, { ...facts, lastActivity: 8 * HOUR })).toBe(8 * HOUR + 5 * MINUTE)
    expect(lastUse(settings, facts)).toBe(30 * MINUTE)
  })
})

describe('renewal', () => {
  it.each([
    ['early, with the time to wait', facts, 0, { kind: 'early', wait: 7 * HOUR }],
    ['due at the threshold', facts, 7 * HOUR, { kind: 'due', lifetimeEnd: 15 * HOUR }],
    ['never past the longest duration', { ...facts, lifetimeEnd: 23 * HOUR }, 22 * HOUR, { kind: 'due', lifetimeEnd: DAY }],
    ['exhausted', { ...facts, renewals: 10 }, 7 * HOUR, { kind: 'exhausted' }],
  ])('%s', (_name, given, now, expected) => {
    expect(renewal(settings, given, now)).toEqual(expected)
  })

  it('gives a remembered session up to the absolute limit', () => {
    expect(renewedLifetimeEnd(settings, { ...facts, rememberMe: true, durationEnd: 7 * DAY }, 3 * DAY)).toBe(7 * DAY)
  })

  it('does not happen by itself when nothing is gained, when it just happened, or when it is switched off', () => {
    expect(autoRenewal(settings, facts, 7 * HOUR)).toBe(true)
    expect(autoRenewal(settings, { ...facts, rotatedAt: 16 * HOUR, lifetimeEnd: DAY }, 23.5 * HOUR)).toBe(false)
    expect(autoRenewal(settings, { ...facts, rotatedAt: 7 * HOUR - MINUTE }, 7 * HOUR)).toBe(false)
    expect(autoRenewal(resolveSettings({ renewal: { auto: false } }), facts, 7 * HOUR)).toBe(false)
  })
})

describe('a token beside its successor', () => {
  const rotated = { rememberMe: false, roles: [], generation: 5, rotatedAt: 0, confirmed: false }
  it.each([
    ['is current', rotated, 5, 0, 'current'],
    ['is good within the grace, confirmed or not', { ...rotated, confirmed: true }, 4, 5 * MINUTE - 1, 'grace'],
    ['may still fetch its successor when the answer was lost', rotated, 4, 5 * MINUTE, 'unanswered'],
    ['is theft once the successor was used and the grace is over', { ...rotated, confirmed: true }, 4, 5 * MINUTE, 'reused'],
    ['is theft at once when it is two generations old', rotated, 3, 0, 'reused'],
  ])('%s', (_name, given, generation, now, expected) => {
    expect(standing(settings, given, generation, now)).toBe(expected)
  })
})

const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0'
describe('context', () => {
  it.each([
    ['a newer version of the browser is the same browser', { userAgent: CHROME }, { userAgent: CHROME.replace('142', '143') }, undefined],
    ['another browser is not', { userAgent: CHROME }, { userAgent: `${CHROME} Edg/142.0` }, 'userAgent'],
    [
      'another system is not',
      { userAgent: CHROME },
      { userAgent: CHROME.replace('Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7') },
      'userAgent',
    ],
    ['another device is not', { deviceId: 'a' }, { deviceId: 'b' }, 'deviceId'],
    ['another address alone says nothing', { ipAddress: '10.0.0.1' }, { ipAddress: '2001:db8::1' }, undefined],
    ['what is not known speaks against nobody', { userAgent: CHROME, deviceId: 'a' }, {}, undefined],
    ['what was not known speaks against nobody', {}, { userAgent: FIREFOX, deviceId: 'b' }, undefined],
  ])('%s', (_name, bound, presented, expected) => {
    expect(contextMismatch(settings, bound, presented)).toBe(expected)
  })

  it('can be switched off, whole or for the device', () => {
    const off = resolveSettings({ contextValidation: { enabled: false } })
    expect(contextMismatch(off, { userAgent: CHROME }, { userAgent: FIREFOX })).toBeUndefined()
    const noDevice = resolveSettings({ contextValidation: { device: false } })
    expect(contextMismatch(noDevice, { deviceId: 'a' }, { deviceId: 'b' })).toBeUndefined()
  })

  it.each([
    [CHROME, 'Chrome', 'Windows'],
    [FIREFOX, 'Firefox', 'Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
      'Safari',
      'iOS',
    ],
    [
      'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36',
      'Samsung Internet',
      'Android',
    ],
    ['curl/8.5.0', 'curl', 'unknown'],
    ['my agent', 'my', 'unknown'],
    [' ', 'unknown', 'unknown'],
  ])('knows %s', (agent, browser, system) => {
    expect(agentFamily(agent)).toEqual({ browser, system })
  })
})
