import { writeFile } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'
import { createSessionManager } from 'sojourn'
import { describe, expect, it, vi } from 'vitest'
import { openGeo } from '../src/geo-database.js'
import { check } from './support/config.js'
import { temporaryFolder } from './support/folder.js'
import { type MmdbValue, writeMmdb } from './support/mmdb.js'
import { bodyOf, testService } from './support/service.js'

const city = (country: string, region: string, name: string, [latitude, longitude]: readonly [number, number]): MmdbValue => ({
  country: { iso_code: country, names: { en: country } },
  subdivisions: [{ iso_code: region, names: { en: region } }],
  city: { names: { en: name } },
  location: { latitude: { double: latitude }, longitude: { double: longitude }, accuracy_radius: { uint: 20 } },
})

async function databases(): Promise<{ readonly database: string; readonly asnDatabase: string; readonly other: string }> {
  const folder = await temporaryFolder()
  const database = join(folder, 'city.mmdb')
  const asnDatabase = join(folder, 'asn.mmdb')
  const other = join(folder, 'other.mmdb')
  await writeFile(
    database,
    writeMmdb('Test-City', [
      { prefix: '203.0.113.0/24', value: city('DE', 'Berlin', 'Berlin', [52.52, 13.4]) },
      { prefix: '198.51.100.0/24', value: city('AU', 'New South Wales', 'Sydney', [-33.87, 151.2]) },
      { prefix: '2001:db8::/32', value: city('FR', 'Paris', 'Paris', [48.85, 2.35]) },
      { prefix: '192.0.2.0/25', value: { country: { iso_code: 'SE' } } },
    ]),
  )
  await writeFile(asnDatabase, writeMmdb('Test-ASN', [{ prefix: '203.0.113.0/25', value: { autonomous_system_number: { uint: 64_500 } } }]))
  await writeFile(other, writeMmdb('Test-Anonymous', [{ prefix: '203.0.113.0/24', value: { is_anonymous: { uint: 1 } } }]))
  return { database, asnDatabase, other }
}

describe('a database of places', () => {
  it('is read from a file of the MaxMind format, for IPv4 and IPv6 [RSK-3]', async () => {
    const geo = await openGeo(await databases())
    expect(geo?.locate('203.0.113.7')).toEqual({
      country: 'DE',
      region: 'Berlin',
      city: 'Berlin',
      latitude: 52.52,
      longitude: 13.4,
      accuracyRadius: 20,
      asn: 64_500,
    })
    expect(geo?.locate('198.51.100.1')).toMatchObject({ country: 'AU', longitude: 151.2 })
    expect(geo?.locate('2001:db8:ffff::1')).toMatchObject({ country: 'FR' })
    expect(geo?.locate('192.0.2.5')).toEqual({ country: 'SE' })
    for (const unknown of ['192.0.2.200', '10.0.0.1', '::1', 'fe80::1']) expect(geo?.locate(unknown)).toBeUndefined()
  })

  it('is asked without a word to anybody else [PRV-2]', async () => {
    const connect = vi.spyOn(net.Socket.prototype, 'connect').mockImplementation(() => {
      throw new Error('the network was asked')
    })
    try {
      const geo = await openGeo(await databases())
      await using sessions = await createSessionManager({ ...(geo === undefined ? {} : { geo }), cleanupInterval: 0 })
      const { context } = await sessions.createSession('alice', { ipAddress: '203.0.113.7' })
      expect(context.location).toEqual({ country: 'DE', region: 'Berlin' })
      expect(connect).not.toHaveBeenCalled()
    } finally {
      connect.mockRestore()
    }
  })

  it('shows cities only where that is configured [PRV-2]', async () => {
    const geo = await openGeo({ ...(await databases()), precision: 'city' })
    await using sessions = await createSessionManager({ ...(geo === undefined ? {} : { geo }), cleanupInterval: 0 })
    const { context } = await sessions.createSession('alice', { ipAddress: '203.0.113.7' })
    expect(context.location).toEqual({ country: 'DE', region: 'Berlin', city: 'Berlin' })
  })

  it('that is not there, is none, or holds something else is refused at the start with its key', async () => {
    const { database, asnDatabase, other } = await databases()
    const broken = join(await temporaryFolder(), 'broken.mmdb')
    await writeFile(broken, 'not a database')
    for (const [settings, path] of [
      [{ database: `${database}.gone` }, 'session_manager.geo.database'],
      [{ database: broken }, 'session_manager.geo.database'],
      [{ database: other }, 'session_manager.geo.database'],
      [{ database: asnDatabase }, 'session_manager.geo.database'],
      [{ asnDatabase: database }, 'session_manager.geo.asn_database'],
    ] as const) {
      await expect(openGeo(settings)).rejects.toMatchObject({ code: 'CONFIG_INVALID', path })
    }
    expect(await openGeo({})).toBeUndefined()
  })

  it('is found under its name in YAML', async () => {
    const { settings, text } = await check('session_manager:\n  geo:\n    database: ./a.mmdb\n    precision: city\n')
    expect(text).toBe('')
    expect(settings.geo).toEqual({ database: './a.mmdb', precision: 'city' })
  })
})

describe('the devices of a user', () => {
  const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
  const PHONE =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'

  it('are listed for their own user, the one that asks marked, and forgotten with their sessions', async () => {
    const { send, sessions } = await testService()
    const mine = await sessions.createSession('alice', { userAgent: FIREFOX })
    const other = await sessions.createSession('alice', { userAgent: PHONE })
    await sessions.createSession('bob', { userAgent: FIREFOX })
    const { devices } = await bodyOf<{ devices: ReadonlyArray<{ id: string; label: string; class: string; current: boolean }> }>(
      await send('GET', '/api/v1/auth/devices', { key: mine.token, headers: { 'user-agent': FIREFOX } }),
    )
    expect(new Map(devices.map((one) => [one.id, [one.label, one.class, one.current]]))).toEqual(
      new Map([
        [mine.device?.id, ['Firefox on Linux', 'desktop', true]],
        [other.device?.id, ['Safari on iOS', 'mobile', false]],
      ]),
    )
    const forgotten = await send('DELETE', `/api/v1/auth/devices/${other.device?.id ?? ''}`, { key: mine.token })
    expect(await forgotten.json()).toEqual({ terminated: 1 })
    expect((await sessions.validateSession(other.token)).isValid).toBe(false)
    expect((await sessions.validateSession(mine.token)).isValid).toBe(true)
  })

  it('are nothing to anybody else [ADM-3]', async () => {
    const { send, sessions } = await testService()
    const mine = await sessions.createSession('alice', { userAgent: FIREFOX })
    const bob = await sessions.createSession('bob', { userAgent: PHONE })
    const forgotten = await send('DELETE', `/api/v1/auth/devices/${bob.device?.id ?? ''}`, { key: mine.token })
    expect(await forgotten.json()).toEqual({ terminated: 0 })
    expect((await sessions.validateSession(bob.token)).isValid).toBe(true)
    expect((await send('GET', '/api/v1/auth/devices')).status).toBe(401)
    expect((await send('GET', '/api/v1/users/alice/devices', { key: mine.token })).status).toBe(401)
  })
})
