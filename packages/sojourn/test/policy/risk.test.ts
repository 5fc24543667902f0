import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deviceLabel, fingerprintParts, fingerprintsDiffer } from '../../src/policy/device.js'
import { withArrivals } from '../../src/policy/device-list.js'
import { distance, shownPlace, storedPlace } from '../../src/policy/place.js'
import { impossibleTravel, judge, type Known, type Shown } from '../../src/policy/risk.js'
import { readAgent } from '../../src/policy/user-agent.js'
import { resolveSettings } from '../../src/settings.js'

const settings = resolveSettings({})
const NOW = 1_800_000_000_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
const FIREFOX_NEWER = FIREFOX.replaceAll('128', '145')
const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'

const BERLIN = { country: 'DE', latitude: 52.5, longitude: 13.4, radius: 20, asn: 3_320 }
const HAMBURG = { country: 'DE', latitude: 53.6, longitude: 10, radius: 20, asn: 3_320 }
const PARIS = { country: 'FR', latitude: 48.9, longitude: 2.4, radius: 20, asn: 3_215 }
const SYDNEY = { country: 'AU', latitude: -33.9, longitude: 151.2, radius: 50, asn: 1_221 }

const KNOWN: Known = {
  bound: { userAgent: FIREFOX, deviceId: 'laptop' },
  fingerprint: 'bONE',
  place: BERLIN,
  placeAt: NOW - 12 * HOUR,
  addresses: ['198.51.100.1/32', '203.0.113.7/32'],
  lastActivity: NOW - HOUR,
}
const SHOWN: Shown = {
  context: { userAgent: FIREFOX, deviceId: 'laptop' },
  fingerprint: 'bONE',
  place: BERLIN,
  address: '203.0.113.7/32',
}
const agent = (userAgent: string): Shown => ({ ...SHOWN, context: { userAgent, deviceId: 'laptop' } })

type Line = readonly [sentence: string, known: Known, shown: Shown, signals: readonly string[], action: string]

const TABLE: readonly Line[] = [
  ['another browser is refused', KNOWN, agent(CHROME), ['agent-changed'], 'refuse'],
  ['another device id is refused', KNOWN, { ...SHOWN, context: { userAgent: FIREFOX, deviceId: 'phone' } }, ['device-changed'], 'refuse'],
  ['another language is logged', KNOWN, { ...SHOWN, fingerprint: 'bTWO' }, ['fingerprint-changed'], 'log'],
  ['IPv4 to IPv6 is logged', KNOWN, { ...SHOWN, address: '2001:db8::/64' }, ['address-changed'], 'log'],
  [
    'the next address of a mobile network is logged',
    KNOWN,
    { ...SHOWN, address: '192.0.2.1/32', place: { ...HAMBURG } },
    ['address-changed'],
    'log',
  ],
  [
    'from home to the mobile network is logged',
    KNOWN,
    { ...SHOWN, address: '192.0.2.1/32', place: { ...BERLIN, asn: 6_805 } },
    ['network-changed', 'address-changed'],
    'log',
  ],
  [
    'a journey to another country is logged',
    KNOWN,
    { ...SHOWN, address: '192.0.2.1/32', place: PARIS },
    ['country-changed', 'network-changed', 'address-changed'],
    'log',
  ],
  [
    'another country with another fingerprint asks for a step up',
    KNOWN,
    { ...SHOWN, fingerprint: 'bTWO', place: PARIS },
    ['country-changed', 'network-changed', 'fingerprint-changed'],
    'step-up',
  ],
  [
    'another country with another browser asks for a step up',
    KNOWN,
    { ...agent(CHROME), place: PARIS },
    ['country-changed', 'network-changed', 'agent-changed'],
    'step-up',
  ],
  [
    'another network with another device asks for a step up',
    KNOWN,
    { ...SHOWN, context: { userAgent: FIREFOX, deviceId: 'phone' }, place: { ...BERLIN, asn: 1 } },
    ['network-changed', 'device-changed'],
    'step-up',
  ],
  [
    'impossible travel asks for a step up',
    { ...KNOWN, placeAt: NOW - HOUR },
    { ...SHOWN, place: SYDNEY },
    ['impossible-travel', 'country-changed', 'network-changed'],
    'step-up',
  ],
  [
    'two devices at two places within seconds ask for a step up',
    { ...KNOWN, lastActivity: NOW - 2_000 },
    { ...agent(CHROME), address: '198.51.100.1/32' },
    ['two-places', 'agent-changed'],
    'step-up',
  ],
  [
    'two devices on two continents within seconds end the session',
    { ...KNOWN, placeAt: NOW - 2_000, lastActivity: NOW - 2_000 },
    { ...agent(CHROME), address: '192.0.2.9/32', place: SYDNEY },
    ['two-places', 'impossible-travel', 'country-changed', 'network-changed', 'agent-changed', 'address-changed'],
    'terminate',
  ],
  [
    'another device at another address is refused and no more when there was time to go there',
    { ...KNOWN, lastActivity: NOW - 11_000 },
    { ...agent(CHROME), address: '198.51.100.1/32' },
    ['agent-changed'],
    'refuse',
  ],
  [
    'two browsers behind one address are refused and no more',
    { ...KNOWN, lastActivity: NOW - 2_000 },
    agent(CHROME),
    ['agent-changed'],
    'refuse',
  ],
]

describe('risk', () => {
  test.each(TABLE)('%s [RSK-1]', (_sentence, known, shown, signals, action) => {
    const verdict = judge(settings, known, shown, NOW)
    expect(verdict?.signals.toSorted()).toEqual(signals.toSorted())
    expect(verdict?.action).toBe(action)
  })

  test.each([
    ['the same caller', SHOWN],
    ['a newer browser', agent(FIREFOX_NEWER)],
    ['an address it was used from before', { ...SHOWN, address: '198.51.100.1/32' }],
    ['a caller of whom nothing is known', { context: {} }],
    ['a place without coordinates and country', { ...SHOWN, place: {} }],
    ['a fingerprint of another kind', { ...SHOWN, fingerprint: 'aTWO' }],
  ] satisfies ReadonlyArray<readonly [string, Shown]>)('says nothing against %s [RSK-1 RSK-3]', (_who, shown) => {
    expect(judge(settings, KNOWN, shown, NOW)).toBeUndefined()
  })

  test('says nothing of a session of which nothing is known, whoever comes', () => {
    const nothing: Known = { bound: {}, addresses: [], lastActivity: NOW }
    expect(judge(settings, nothing, { ...SHOWN, place: SYDNEY }, NOW)).toBeUndefined()
  })

  test('never does more than log for an address alone, wherever it is and whatever it was before [RSK-1]', () => {
    const block = fc.oneof(
      fc.ipV4().map((ip) => `${ip}/32`),
      fc.ipV6().map((ip) => `${ip}/64`),
    )
    fc.assert(
      fc.property(fc.array(block, { maxLength: 16 }), block, fc.integer({ min: 0, max: HOUR }), (addresses, address, ago) => {
        const verdict = judge(settings, { ...KNOWN, addresses, lastActivity: NOW - ago }, { ...SHOWN, address }, NOW)
        expect(verdict?.action ?? 'log').toBe('log')
      }),
      { seed: 20_261_124, numRuns: 2_000 },
    )
  })

  test('never asks for less when more speaks against a caller', () => {
    const strength = ['none', 'log', 'refuse', 'step-up', 'terminate']
    const place = fc.constantFrom(BERLIN, HAMBURG, PARIS, SYDNEY)
    fc.assert(
      fc.property(place, fc.constantFrom('203.0.113.7/32', '192.0.2.1/32'), fc.nat(24 * HOUR), (where, address, ago) => {
        const known = { ...KNOWN, placeAt: NOW - ago, lastActivity: NOW - ago }
        const mild = judge(settings, known, { ...SHOWN, place: where, address }, NOW)?.action ?? 'none'
        const grave = judge(settings, known, { ...agent(CHROME), place: where, address }, NOW)?.action ?? 'none'
        expect(strength.indexOf(grave)).toBeGreaterThanOrEqual(strength.indexOf(mild))
      }),
      { seed: 20_261_125, numRuns: 1_000 },
    )
  })

  test('does what is configured for each signal', () => {
    const actions = { 'country-changed': 'terminate', 'agent-changed': 'log', 'impossible-travel': 'log', 'two-places': 'log' } as const
    const own = resolveSettings({ risk: { actions, thresholds: { stepUp: 500, terminate: 900 } } })
    expect(judge(own, KNOWN, { ...SHOWN, place: PARIS }, NOW)?.action).toBe('terminate')
    expect(judge(own, KNOWN, agent(CHROME), NOW)?.action).toBe('log')
    expect(judge(own, { ...KNOWN, placeAt: NOW - MINUTE }, { ...SHOWN, place: { ...SYDNEY, country: 'DE' } }, NOW)?.action).toBe('log')
  })

  test('leaves out the kinds of signal that are switched off', () => {
    const noPlace = resolveSettings({ contextValidation: { location: false } })
    expect(judge(noPlace, { ...KNOWN, placeAt: NOW - MINUTE }, { ...SHOWN, place: SYDNEY }, NOW)).toBeUndefined()
    const noDevice = resolveSettings({ contextValidation: { device: false } })
    const other = { ...SHOWN, fingerprint: 'bTWO', context: { userAgent: FIREFOX, deviceId: 'phone' } }
    expect(judge(noDevice, KNOWN, other, NOW)).toBeUndefined()
  })

  test.each([
    [{ risk: { actions: { 'agent-changed': 'ignore' } } }, 'risk.actions.agent-changed'],
    [{ risk: { actions: { nonsense: 'log' } } }, 'risk.actions.nonsense'],
    [{ risk: { thresholds: { stepUp: 0 } } }, 'risk.thresholds.stepUp'],
    [{ risk: { thresholds: { stepUp: 80, terminate: 70 } } }, 'risk.thresholds.terminate'],
    [{ risk: { maxSpeed: Number.NaN } }, 'risk.maxSpeed'],
    [{ risk: [] }, 'risk'],
    [{ geo: {} }, 'geo.locate'],
    [{ geo: { locate: (): undefined => undefined, precision: 'street' } }, 'geo.precision'],
    [{ privacy: { addresses: 'some' } }, 'privacy.addresses'],
    [{ privacy: { agent: 'full' } }, 'privacy.agent'],
    [{ devices: { most: 0 } }, 'devices.most'],
    [{ devices: { retention: 'soon' } }, 'devices.retention'],
    [{ devices: { enabled: 1 } }, 'devices.enabled'],
    [{ contextValidation: { location: 'yes' } }, 'contextValidation.location'],
  ])('refuses the options %j at %s', (options, path) => {
    expect(() => resolveSettings(options as never)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', path }))
  })
})

describe('travel', () => {
  test('is measured over the ground', () => {
    expect(distance(BERLIN, PARIS)).toBeCloseTo(870, -2)
    expect(distance(BERLIN, SYDNEY)).toBeCloseTo(16_090, -3)
    expect(distance(BERLIN, BERLIN)).toBe(0)
    expect(distance({ latitude: 0, longitude: 179.9 }, { latitude: 0, longitude: -179.9 })).toBeLessThan(30)
    expect(distance({ latitude: 90, longitude: 0 }, { latitude: -90, longitude: 0 })).toBeCloseTo(20_015, -1)
    expect(distance({ country: 'DE' }, BERLIN)).toBeUndefined()
  })

  test.each([
    ['a flight of a day', BERLIN, SYDNEY, 24 * HOUR, false],
    ['the other side of the world in an hour', BERLIN, SYDNEY, HOUR, true],
    ['the next city in a minute: databases are not that exact', BERLIN, { ...HAMBURG, latitude: 52.6, longitude: 12 }, MINUTE, false],
    ['a city within the radius of both', { ...BERLIN, radius: 500 }, { ...PARIS, radius: 500 }, 0, false],
    ['another country at the same moment', BERLIN, PARIS, 0, true],
    ['a clock that went back', BERLIN, PARIS, -HOUR, true],
    ['places without coordinates', { country: 'DE' }, { country: 'AU' }, 0, false],
  ])('%s [RSK-3]', (_sentence, from, to, elapsed, expected) => {
    expect(impossibleTravel(from, to, elapsed, 1_000)).toBe(expected)
  })

  test('is the same in both directions, and never faster with more time [RSK-3]', () => {
    const point = fc.record({
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    })
    fc.assert(
      fc.property(point, point, fc.nat(48 * HOUR), (a, b, elapsed) => {
        expect(distance(a, b)).toBeCloseTo(distance(b, a) ?? Number.NaN, 6)
        if (impossibleTravel(a, b, elapsed + HOUR, 1_000)) expect(impossibleTravel(a, b, elapsed, 1_000)).toBe(true)
      }),
      { seed: 20_261_126, numRuns: 1_000 },
    )
  })

  test('is judged no differently by what is kept without cities, but for its doubt [PRV-2]', () => {
    const found = { country: 'DE', region: 'Berlin', city: 'Berlin', latitude: 52.52, longitude: 13.405, accuracyRadius: 10, asn: 3_320 }
    const kept = storedPlace(found, 'region')
    expect(kept).toEqual({ country: 'DE', region: 'Berlin', latitude: 53, longitude: 13, radius: 89, asn: 3_320 })
    expect(shownPlace(kept)).toEqual({ country: 'DE', region: 'Berlin' })
    expect(storedPlace(found, 'city')).toMatchObject({ city: 'Berlin', latitude: 52.52, longitude: 13.405, radius: 10 })
    expect(impossibleTravel(kept, storedPlace({ country: 'AU', latitude: -33.87, longitude: 151.21 }, 'region'), HOUR, 1_000)).toBe(true)
    expect(shownPlace(storedPlace({ asn: 1 }, 'city'))).toBeUndefined()
  })
})

describe('a device', () => {
  const context = { userAgent: FIREFOX, acceptLanguage: 'de-DE,de;q=0.9,en;q=0.5' }

  test('has the same fingerprint after an update, at another address and with other preferences behind its first language [RSK-5]', () => {
    const same = fingerprintParts(context)
    for (const other of [
      { ...context, userAgent: FIREFOX_NEWER },
      { ...context, ipAddress: '192.0.2.1', deviceId: 'x', location: 'Berlin' },
      { ...context, acceptLanguage: 'de' },
      { ...context, acceptLanguage: 'DE-AT, fr;q=0.1' },
      { ...context, clientHints: { platform: '"Linux"', mobile: '?0', brands: '"A";v="1"' } },
    ])
      expect(fingerprintParts(other)).toEqual(same)
  })

  test('has another one with another browser, system, kind or language [RSK-5]', () => {
    const same = fingerprintParts(context)
    for (const other of [
      { ...context, userAgent: CHROME },
      { ...context, userAgent: FIREFOX.replace('X11; Linux x86_64', 'Windows NT 10.0') },
      { ...context, acceptLanguage: 'en' },
      { ...context, clientHints: { platform: '"Windows"' } },
    ])
      expect(fingerprintParts(other)).not.toEqual(same)
  })

  test('is not told apart by what it does not say', () => {
    expect(fingerprintParts({ ipAddress: '192.0.2.1' })).toBeUndefined()
    expect(fingerprintParts({ userAgent: FIREFOX, acceptLanguage: '*' })?.kind).toBe('a')
    expect(fingerprintsDiffer('aONE', 'bTWO')).toBe(false)
    expect(fingerprintsDiffer(undefined, 'bTWO')).toBe(false)
    expect(fingerprintsDiffer('bONE', 'bTWO')).toBe(true)
  })

  test.each([
    [FIREFOX, 'Firefox on Linux'],
    ['curl/8.5.0', 'curl'],
    [' ', 'Device'],
    [undefined, 'Unknown device'],
  ])('that says %j is called %s', (text, label) => {
    expect(deviceLabel(readAgent(text))).toBe(label)
  })
})

describe('a list of devices', () => {
  const bounds = { most: 3, retention: 90 * 24 * HOUR }
  const arrival = (id: string, at: number): Parameters<typeof withArrivals>[1][number] => ({ id, label: id, class: 'desktop', at })

  test('tells what is new and keeps when each was first seen', () => {
    const first = withArrivals([], [arrival('a', NOW)], bounds, NOW)
    expect(first.added).toEqual(['a'])
    const again = withArrivals(first.devices, [arrival('a', NOW + HOUR), arrival('b', NOW + HOUR)], bounds, NOW + HOUR)
    expect(again.added).toEqual(['b'])
    expect(again.devices).toMatchObject([
      { id: 'a', first: NOW, last: NOW + HOUR },
      { id: 'b', first: NOW + HOUR },
    ])
  })

  test('comes to the same when a login is written twice', () => {
    const once = withArrivals([], [arrival('a', NOW)], bounds, NOW)
    expect(withArrivals(once.devices, [arrival('a', NOW)], bounds, NOW)).toEqual({ devices: once.devices, added: [] })
  })

  test('drops the one not seen for longest, a trusted one last, and what is older than is kept', () => {
    const old = ['a', 'b', 'c'].map((id, index) => ({ ...arrival(id, 0), first: NOW + index, last: NOW + index, trusted: id === 'a' }))
    expect(withArrivals(old, [arrival('d', NOW + 9)], bounds, NOW + 9).devices.map(({ id }) => id)).toEqual(['a', 'c', 'd'])
    expect(withArrivals(old, [], bounds, NOW + bounds.retention + 1).devices.map(({ id }) => id)).toEqual(['c'])
  })
})
