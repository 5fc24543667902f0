import { expect } from 'vitest'
import type { GeoPlace } from '../../src/session.js'
import type { BehaviourCheck, Bench, BenchLimits } from './bench.js'
import {
  CHROME_WINDOWS,
  CONTEXT,
  DAY,
  FIREFOX_LINUX,
  FIREFOX_LINUX_NEWER,
  HOUR,
  invalid,
  MINUTE,
  RENEWABLE,
  refusal,
  SECOND,
  valid,
} from './expectations.js'

const PLACES: Readonly<Record<string, GeoPlace>> = {
  '203.0.113.7': { country: 'DE', region: 'Berlin', city: 'Berlin', latitude: 52.52, longitude: 13.4, accuracyRadius: 20, asn: 3_320 },
  '203.0.113.8': { country: 'DE', region: 'Hamburg', city: 'Hamburg', latitude: 53.55, longitude: 10, accuracyRadius: 20, asn: 6_805 },
  '2001:db8::7': { country: 'DE', region: 'Berlin', latitude: 52.5, longitude: 13.4, accuracyRadius: 50, asn: 3_320 },
  '198.51.100.9': {
    country: 'AU',
    region: 'New South Wales',
    city: 'Sydney',
    latitude: -33.87,
    longitude: 151.2,
    accuracyRadius: 50,
    asn: 1_221,
  },
}

const GEO: BenchLimits = { geo: { locate: (address) => PLACES[address] }, idleTimeout: '1d', sessionLifetime: '1d' }
const BERLIN = { ipAddress: '203.0.113.7', userAgent: FIREFOX_LINUX }
const SYDNEY = { ipAddress: '198.51.100.9', userAgent: FIREFOX_LINUX }

const risks = ({ events }: Bench): readonly object[] => events.filter(({ type }) => type === 'security.risk')
const arrivals = ({ events }: Bench): readonly object[] => events.filter(({ type }) => type === 'security.new-device')

export const devices: readonly BehaviourCheck[] = [
  {
    name: 'tells the device that a session was given to, by a label and a keyed hash [RSK-5]',
    async check(bench) {
      const context = {
        ...CONTEXT,
        acceptLanguage: 'de-DE,de',
        clientHints: { brands: '"Not)A;Brand";v="8"', platform: '"Linux"', mobile: '?0' },
      }
      const session = await bench.sessions.createSession('user-1', context)
      expect(session.device).toEqual({
        id: expect.stringMatching(/^dev_[A-Za-z0-9_-]{22}$/),
        label: 'Firefox on Linux',
        class: 'desktop',
        fingerprint: expect.stringMatching(/^[ab][A-Za-z0-9_-]{22}$/),
      })
      // What it is made of is neither kept nor shown.
      expect(session.context).toEqual(CONTEXT)
      expect((await valid(bench, session.token, context)).device).toEqual(session.device)
    },
  },
  {
    name: 'knows a device again after an update, by the name the application gives it, and for each user by another id [RSK-5]',
    async check({ sessions }) {
      const before = await sessions.createSession('user-1', { userAgent: FIREFOX_LINUX })
      const after = await sessions.createSession('user-1', { userAgent: FIREFOX_LINUX_NEWER, ipAddress: '192.0.2.1' })
      expect(after.device).toEqual(before.device)
      const other = await sessions.createSession('user-2', { userAgent: FIREFOX_LINUX })
      expect(other.device?.id).not.toBe(before.device?.id)
      expect(other.device?.fingerprint).not.toBe(before.device?.fingerprint)
      const named = await sessions.createSession('user-1', { userAgent: FIREFOX_LINUX, deviceId: 'laptop' })
      const renamed = await sessions.createSession('user-1', { userAgent: CHROME_WINDOWS, deviceId: 'laptop' })
      expect(renamed.device?.id).toBe(named.device?.id)
      expect(named.device?.id).not.toBe(before.device?.id)
      expect('device' in (await sessions.createSession('user-1', { ipAddress: '192.0.2.1' }))).toBe(false)
    },
  },
  {
    name: 'lists the devices of a user, last seen first, and says once when a new one comes [CON-3]',
    async check(bench) {
      const { sessions, manager, clock } = bench
      await sessions.createSession('user-1', { userAgent: FIREFOX_LINUX })
      await manager.flush()
      expect(arrivals(bench)).toMatchObject([{ reason: 'first-device', subject: manager.pseudonym('user-1') }])
      await clock.advance(HOUR / 4)
      const first = await sessions.createSession('user-1', { userAgent: FIREFOX_LINUX_NEWER })
      await clock.advance(MINUTE)
      const second = await sessions.createSession('user-1', { userAgent: CHROME_WINDOWS })
      const listed = await sessions.listDevices('user-1')
      expect(listed).toEqual([
        {
          id: second.device?.id,
          label: 'Chrome on Windows',
          class: 'desktop',
          firstSeen: second.createdAt,
          lastSeen: second.createdAt,
          trusted: false,
          sessions: 1,
        },
        {
          id: first.device?.id,
          label: 'Firefox on Linux',
          class: 'desktop',
          firstSeen: expect.any(Date),
          lastSeen: first.createdAt,
          trusted: false,
          sessions: 2,
        },
      ])
      expect(arrivals(bench)).toMatchObject([
        { reason: 'first-device' },
        { reason: 'unknown-device', deviceId: second.device?.id, sessionId: second.id },
      ])
      expect(JSON.stringify(bench.events)).not.toContain('user-1')
      expect(await sessions.listDevices('user-2')).toEqual([])
    },
  },
  {
    name: 'takes the last use of a session for the last time its device was seen',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', BERLIN)
      await bench.clock.advance(20 * MINUTE)
      const used = await valid(bench, token, BERLIN)
      expect(await bench.sessions.listDevices('user-1')).toMatchObject([{ lastSeen: used.lastActivity, sessions: 1 }])
    },
  },
  {
    name: 'forgets a device and ends its sessions, and no others',
    async check(bench) {
      const here = await bench.sessions.createSession('user-1', { userAgent: FIREFOX_LINUX })
      const there = await bench.sessions.createSession('user-1', { userAgent: CHROME_WINDOWS })
      const id = there.device?.id ?? ''
      expect(await bench.sessions.forgetDevice('user-1', id)).toMatchObject({ terminated: 1 })
      expect((await invalid(bench, there.token, 'SESSION_REVOKED')).reason).toBe('device-forgotten')
      await valid(bench, here.token)
      expect(await bench.sessions.listDevices('user-1')).toMatchObject([{ id: here.device?.id }])
      expect(await bench.sessions.forgetDevice('user-1', id)).toMatchObject({ terminated: 0 })
      expect(await bench.sessions.forgetDevice('user-2', here.device?.id ?? '')).toMatchObject({ terminated: 0 })
      await valid(bench, here.token)
    },
  },
  {
    name: "marks a device as the user's own, by the token or the id of its session",
    async check(bench) {
      const { token, id, device } = await bench.sessions.createSession('user-1', { userAgent: FIREFOX_LINUX })
      expect(await bench.sessions.trustDevice(token)).toMatchObject({ id: device?.id, trusted: true, sessions: 1 })
      await bench.sessions.createSession('user-1', { userAgent: FIREFOX_LINUX })
      expect(await bench.sessions.listDevices('user-1')).toMatchObject([{ id: device?.id, trusted: true, sessions: 2 }])
      expect(await bench.sessions.trustDevice(id)).toMatchObject({ trusted: true })
      const bare = await bench.sessions.createSession('user-1')
      await refusal(bench.sessions.trustDevice(bare.token), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.trustDevice('x'), 'TOKEN_MALFORMED')
    },
  },
  {
    name: 'keeps the devices of two tenants apart',
    async check({ sessions }) {
      const ours = await sessions.createSession('user-1', { userAgent: FIREFOX_LINUX }, { tenant: 'acme' })
      await sessions.createSession('user-1', { userAgent: FIREFOX_LINUX })
      expect(await sessions.listDevices('user-1', { tenant: 'acme' })).toMatchObject([{ id: ours.device?.id, sessions: 1 }])
      expect(await sessions.listDevices('user-1', { tenant: 'other' })).toEqual([])
      const [plain] = await sessions.listDevices('user-1')
      expect(plain?.id).not.toBe(ours.device?.id)
    },
  },
  {
    name: 'loses no device of logins at once on two nodes',
    async check(bench) {
      const other = await bench.another()
      await bench.patiently(
        Promise.all([
          bench.sessions.createSession('user-1', { userAgent: FIREFOX_LINUX }),
          other.createSession('user-1', { userAgent: CHROME_WINDOWS }),
        ]),
      )
      await bench.patiently(Promise.all([bench.manager.flush(), other.flush()]))
      expect((await bench.sessions.listDevices('user-1')).map(({ label }) => label).sort()).toEqual([
        'Chrome on Windows',
        'Firefox on Linux',
      ])
      expect(arrivals(bench)).toHaveLength(2)
    },
  },
  {
    name: 'refuses what is no device, tenant or header, with its place',
    async check({ sessions, way }) {
      const id = `dev_${'a'.repeat(22)}`
      for (const bad of ['', 'dev_', 'sid_aa', `${id}"`]) {
        if (way === 'http' && bad === '') continue
        expect((await refusal(sessions.forgetDevice('user-1', bad), 'INVALID_ARGUMENT')).path).toBe('deviceId')
      }
      await refusal(sessions.listDevices('user"1'), 'INVALID_ARGUMENT')
      await refusal(sessions.listDevices('user-1', { tenant: 'a"b' }), 'INVALID_ARGUMENT')
      for (const [name, context] of Object.entries({
        acceptLanguage: { acceptLanguage: 'de\r\nx: y' },
        'clientHints.platform': { clientHints: { platform: 'x'.repeat(513) } },
        'clientHints.brands': { clientHints: { brands: 42 } },
        clientHints: { clientHints: 'x' },
        'clientHints.model': { clientHints: { model: 'x' } },
      }))
        expect((await refusal(sessions.createSession('user-1', context as never), 'INVALID_ARGUMENT')).path).toBe(`context.${name}`)
    },
  },
  {
    name: 'shows country and region of the place that an address has, and no more [PRV-2]',
    limits: GEO,
    async check(bench) {
      const session = await bench.sessions.createSession('user-1', BERLIN)
      expect(session.context.location).toEqual({ country: 'DE', region: 'Berlin' })
      expect(await bench.sessions.listDevices('user-1')).toMatchObject([{ lastPlace: { country: 'DE', region: 'Berlin' } }])
      // What the application says itself goes before what an address says.
      const named = await bench.sessions.createSession('user-1', { ...BERLIN, location: 'the office' })
      expect(named.context.location).toBe('the office')
      const unknown = await bench.sessions.createSession('user-1', { ipAddress: '192.0.2.77' })
      expect('location' in unknown.context).toBe(false)
    },
  },
  {
    name: 'logs nobody out for another address, another network, IPv6 or a newer browser [RSK-1]',
    limits: { ...GEO, risk: { thresholds: { stepUp: 60, terminate: 100 } } },
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', BERLIN)
      for (const caller of [
        { ...BERLIN, ipAddress: '2001:db8::7' },
        { ...BERLIN, ipAddress: '::ffff:203.0.113.7' },
        { ...BERLIN, ipAddress: '203.0.113.8' },
        { ipAddress: '192.0.2.200', userAgent: FIREFOX_LINUX_NEWER },
        { ipAddress: '192.0.2.201', userAgent: FIREFOX_LINUX_NEWER },
      ]) {
        await bench.clock.advance(5 * MINUTE)
        await valid(bench, token, caller)
      }
      expect(risks(bench).length).toBeGreaterThan(0)
      for (const event of risks(bench)) expect(event).toMatchObject({ action: 'log' })
      expect(bench.manager.metricsText()).toContain('sojourn_risk_signals_total{signal="address-changed"}')
    },
  },
  {
    name: 'asks for a new authentication after impossible travel, everywhere, and takes elevation away [RSK-1 RSK-3 STP-2]',
    limits: GEO,
    async check(bench) {
      const { token, id } = await bench.sessions.createSession('user-1', BERLIN, { permissions: ['read'] })
      await bench.sessions.setSessionPermissions(token, ['read', 'pay'])
      await bench.clock.advance(HOUR / 12)
      const error = await invalid(bench, token, 'REAUTHENTICATION_REQUIRED', SYDNEY)
      expect(error.message).toMatch(/authenticat/i)
      const signals = ['impossible-travel', 'country-changed', 'network-changed', 'address-changed']
      expect(risks(bench)).toMatchObject([{ signals, score: 60, action: 'step-up', sessionId: id }])
      await invalid(bench, token, 'REAUTHENTICATION_REQUIRED', BERLIN)
      await invalid(bench, token, 'REAUTHENTICATION_REQUIRED')
      const other = await bench.another()
      const there = await other.validateSession(token, BERLIN)
      expect(!there.isValid && there.error.code).toBe('REAUTHENTICATION_REQUIRED')
      expect((await bench.manager.getSession(id))?.permissions).toEqual(['read'])
      await refusal(bench.sessions.setSessionPermissions(id, ['read', 'pay']), 'REAUTHENTICATION_REQUIRED')
      await refusal(bench.sessions.updateSessionContext(token, SYDNEY), 'REAUTHENTICATION_REQUIRED')
      await bench.sessions.terminateSession(token)
      await invalid(bench, token, 'SESSION_REVOKED', BERLIN)
    },
  },
  {
    name: 'renews no session whose user has to authenticate again',
    limits: { ...GEO, ...RENEWABLE },
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', BERLIN)
      await bench.clock.advance(SECOND)
      await refusal(bench.sessions.renewSession(token, SYDNEY), 'REAUTHENTICATION_REQUIRED')
      await refusal(bench.sessions.renewSession(token, BERLIN), 'REAUTHENTICATION_REQUIRED')
    },
  },
  {
    name: 'goes on where there was time to travel [RSK-3]',
    limits: GEO,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', BERLIN)
      await bench.clock.advance(20 * HOUR)
      expect((await valid(bench, token, SYDNEY)).context.location).toEqual({ country: 'AU', region: 'New South Wales' })
      expect(risks(bench)).toMatchObject([{ signals: ['country-changed', 'network-changed', 'address-changed'], score: 40, action: 'log' }])
      // Judged once: who looks the same again costs nothing and is not reported again.
      await valid(bench, token, SYDNEY)
      expect(risks(bench)).toHaveLength(1)
    },
  },
  {
    name: 'ends the session where that is configured [RSK-1]',
    limits: { ...GEO, risk: { actions: { 'country-changed': 'terminate' } } },
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', BERLIN)
      await bench.clock.advance(20 * HOUR)
      expect((await invalid(bench, token, 'SESSION_REVOKED', SYDNEY)).reason).toBe('security.context')
      expect((await invalid(bench, token, 'SESSION_REVOKED', BERLIN)).reason).toBe('security.context')
    },
  },
  {
    name: 'judges a location that the application gives as it judges one of an address',
    async check(bench) {
      const at = (country: string, latitude: number, longitude: number): object => ({ country, latitude, longitude })
      const { token } = await bench.sessions.createSession('user-1', { location: at('DE', 52.5, 13.4) })
      await bench.clock.advance(MINUTE)
      await invalid(bench, token, 'REAUTHENTICATION_REQUIRED', { location: at('AU', -33.9, 151.2) })
    },
  },
  {
    name: 'raises the alarm when one token is used at once from two devices at two addresses [RSK-4]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', BERLIN)
      await bench.clock.advance(3 * SECOND)
      await invalid(bench, token, 'REAUTHENTICATION_REQUIRED', { ipAddress: '198.51.100.9', userAgent: CHROME_WINDOWS })
      expect(risks(bench)).toMatchObject([{ reason: 'two-places', action: 'step-up' }])
      expect(bench.events.filter(({ type }) => type === 'security.context')).toHaveLength(1)
      await invalid(bench, token, 'REAUTHENTICATION_REQUIRED', BERLIN)
    },
  },
  {
    name: 'keeps addresses and agents as coarsely as is configured, and still knows another browser [PRV-1]',
    limits: { privacy: { addresses: 'truncate', agents: 'family' } },
    async check(bench) {
      const { token, context } = await bench.sessions.createSession('user-1', CONTEXT)
      expect(context).toMatchObject({ ipAddress: '203.0.113.0', userAgent: 'Firefox/128 (Linux; desktop)' })
      await valid(bench, token, { ...CONTEXT, ipAddress: '2001:db8:1:2:3::4', userAgent: FIREFOX_LINUX_NEWER })
      const changed = await bench.sessions.updateSessionContext(token, { ipAddress: '198.51.100.9' })
      expect(changed.context.ipAddress).toBe('198.51.100.0')
      const { ipAddresses, userAgents } = await bench.sessions.getSessionAnalytics(token)
      expect(ipAddresses.map(({ value }) => value).sort()).toEqual(['198.51.100.0', '2001:db8:1::', '203.0.113.0'])
      expect(userAgents.map(({ value }) => value)).toEqual(['Firefox/128 (Linux; desktop)', 'Firefox/134 (Linux; desktop)'])
      await bench.clock.advance(MINUTE)
      await invalid(bench, token, 'CONTEXT_MISMATCH', { userAgent: CHROME_WINDOWS })
    },
  },
  {
    name: 'keeps no address where none may be kept [PRV-1]',
    limits: { ...GEO, privacy: { addresses: 'none' } },
    async check(bench) {
      const { token, context } = await bench.sessions.createSession('user-1', BERLIN)
      expect('ipAddress' in context).toBe(false)
      const session = await valid(bench, token, { ...BERLIN, ipAddress: '203.0.113.8' })
      expect('ipAddress' in session.context).toBe(false)
      expect((await bench.sessions.getSessionAnalytics(token)).ipAddresses).toEqual([])
      await bench.clock.advance(MINUTE)
      await invalid(bench, token, 'REAUTHENTICATION_REQUIRED', SYDNEY)
    },
  },
  {
    name: 'remembers a device no longer than is configured, and no more of them',
    limits: { devices: { most: 2, retention: '30d' }, absoluteTimeout: '40d', maxConcurrentSessions: 50 },
    async check({ sessions, manager, clock }) {
      for (const deviceId of ['a', 'b', 'c']) {
        await sessions.createSession('user-1', { deviceId })
        await manager.flush()
        await clock.advance(MINUTE)
      }
      expect(await sessions.listDevices('user-1')).toHaveLength(2)
      await clock.advance(31 * DAY)
      expect(await sessions.listDevices('user-1')).toEqual([])
      await sessions.createSession('user-1', { deviceId: 'a' })
      expect(await sessions.listDevices('user-1')).toMatchObject([{ sessions: 1 }])
    },
  },
  {
    name: 'remembers no devices where that is switched off',
    limits: { devices: { enabled: false } },
    async check(bench) {
      await bench.sessions.createSession('user-1', CONTEXT)
      await bench.manager.flush()
      expect(await bench.sessions.listDevices('user-1')).toEqual([])
      expect(arrivals(bench)).toEqual([])
    },
  },
]
