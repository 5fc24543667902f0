import { readIdentifier } from '../input/identifier.js'
import { readObject, refuse, refuseUnknown } from '../input/refuse.js'
import type { ListedDevice } from '../policy/device-list.js'
import { shownPlace } from '../policy/place.js'
import type { Device } from '../session.js'
import type { EndedAll } from '../sessions.js'
import { persist } from './ask.js'
import { endEverywhere } from './end-row.js'
import type { Engine } from './engine.js'
import { reached, weaker } from './level.js'
import { usableRows } from './limit.js'
import { locate, publicRowId } from './locate.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { ownerKey } from './row.js'
import type { Whose } from './sight.js'

const DEVICE_ID = /^dev_[A-Za-z0-9_-]{22}$/

function readWhose(userId: unknown, options: unknown): Whose {
  const given = options === undefined ? {} : readObject('options', options)
  refuseUnknown('options', given, ['tenant'])
  const tenant = given['tenant'] === undefined ? null : readIdentifier('options.tenant', given['tenant'])
  return { userId: readIdentifier('userId', userId), tenant }
}

interface Standing {
  readonly id: string
  readonly record: LiveRecord
}

/** The sessions of this person; users of two tenants may bear the same name. */
async function sessionsOf(engine: Engine, { userId, tenant }: Whose): Promise<readonly Standing[]> {
  const usable = await usableRows(engine, ownerKey(engine.keys, userId))
  return usable.filter(({ record }) => record.tenant === tenant)
}

function deviceView({ id, label, class: kind, first, last, place, trusted }: ListedDevice, standing: readonly Standing[]): Device {
  const own = standing.filter(({ record }) => record.device?.id === id)
  return {
    id,
    label,
    class: kind,
    firstSeen: new Date(first),
    lastSeen: new Date(Math.max(last, ...own.map(({ record }) => record.lastActivity))),
    ...(place === undefined ? {} : { lastPlace: place }),
    trusted,
    sessions: own.length,
  }
}

/** The devices that a user has logged in from, last seen first. */
export async function listDevices(engine: Engine, userId: string, options?: unknown): Promise<Device[]> {
  const whose = readWhose(userId, options)
  const listed = await engine.devices.read(whose)
  const standing = await sessionsOf(engine, whose)
  const { retention } = engine.settings.devices
  const oldest = engine.clock.now() - retention
  return listed
    .map((device) => deviceView(device, standing))
    .filter(({ lastSeen }) => lastSeen.getTime() > oldest)
    .sort((a, b) => b.lastSeen.getTime() - a.lastSeen.getTime() || (a.id < b.id ? -1 : 1))
}

/** Takes a device out of the list, and ends its sessions first: what cannot be ended stays in sight. */
export async function forgetDevice(engine: Engine, userId: string, deviceId: unknown, options?: unknown): Promise<EndedAll> {
  const whose = readWhose(userId, options)
  if (typeof deviceId !== 'string' || !DEVICE_ID.test(deviceId)) refuse('deviceId', deviceId, 'it must be the id ("dev_…") of a device.')
  const standing = await persist(engine, 'forget device', () => sessionsOf(engine, whose))
  const begun = engine.clock.monotonic()
  const own = standing.filter(({ record }) => record.device?.id === deviceId)
  const ends = await Promise.all(own.map(({ id }) => endEverywhere(engine, id, 'device-forgotten')))
  await persist(engine, 'forget device', () => engine.devices.edit(whose, (devices) => devices.filter(({ id }) => id !== deviceId)))
  const written = await reached(engine, ownerKey(engine.keys, whose.userId), begun)
  return {
    level: ends.reduce((weakest, { level }) => weaker(weakest, level), written),
    terminated: ends.filter(({ ended }) => ended !== undefined).length,
  }
}

/** Marks the device of a session as the user's own. */
export async function trustDevice(engine: Engine, tokenOrId: unknown): Promise<Device> {
  const { record } = await locate(engine, tokenOrId)
  if (record.challenged !== undefined && publicRowId(tokenOrId) === undefined) throw refusals.challenged()
  const { device, userId, tenant, createdAt, lastActivity, seen } = record
  if (device === undefined) refuse('token', tokenOrId, 'the login of this session told nothing of its device; there is nothing to trust.')
  const whose = { userId, tenant }
  const place = shownPlace(seen?.place)
  const fresh: ListedDevice = {
    id: device.id,
    label: device.label,
    class: device.class,
    first: createdAt,
    last: lastActivity,
    ...(place === undefined ? {} : { place }),
    trusted: true,
  }
  let trusted = fresh
  await persist(engine, 'trust device', () =>
    engine.devices.edit(whose, (devices) => {
      const before = devices.find(({ id }) => id === device.id)
      trusted = before === undefined ? fresh : { ...before, trusted: true }
      return [...devices.filter(({ id }) => id !== device.id), trusted]
    }),
  )
  return deviceView(trusted, await sessionsOf(engine, whose))
}
