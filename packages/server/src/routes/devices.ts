import { z } from '@hono/zod-openapi'
import { type Call, defineCall, defineUserCall, type Service, type SessionAccess } from '../call.js'
import { device, deviceParams, ownDevice, ownDeviceParams, tenantQuery } from '../schemas/device.js'
import { analyticsBody, userParams } from '../schemas/requests.js'
import { signedIn } from '../signed-in.js'
import { deviceJson, tellLevel } from '../wire.js'

/** The functions of the library that are about the devices of a user, and what users see of their own. */
export function deviceCalls(service: SessionAccess): readonly Call[] {
  return [list(service), forget(service), trust(service)]
}

/** What a signed-in user does with their own devices. */
export function ownDeviceCalls(service: Service): readonly Call[] {
  return [listOwn(service), forgetOwn(service)]
}

const terminated = z.strictObject({ terminated: z.int() }).openapi('Terminated')

const list = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'get',
    path: '/api/v1/users/{userId}/devices',
    who: 'service',
    summary: 'The devices that a user has logged in from, last seen first',
    params: userParams,
    query: tenantQuery,
    answers: { 200: { description: 'The devices.', schema: z.strictObject({ devices: z.array(device) }).openapi('Devices') } },
    async run({ c, params, query }) {
      const found = await sessions.listDevices(params.userId, query)
      return c.json({ devices: found.map(deviceJson) })
    },
  })

const forget = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'delete',
    path: '/api/v1/users/{userId}/devices/{deviceId}',
    who: 'service',
    summary: 'Forget a device and end its sessions',
    params: deviceParams,
    query: tenantQuery,
    answers: { 200: { description: 'How many sessions were ended.', schema: terminated } },
    async run({ c, params, query }) {
      const ended = await sessions.forgetDevice(params.userId, params.deviceId, query)
      tellLevel(c, ended.level)
      return c.json({ terminated: ended.terminated })
    },
  })

const trust = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/sessions/trust-device',
    who: 'service',
    summary: "Mark the device of a session as its user's own",
    body: analyticsBody,
    answers: { 200: { description: 'The device.', schema: device } },
    async run({ c, body }) {
      return c.json(deviceJson(await sessions.trustDevice(body.token ?? body.sessionId ?? '')))
    },
  })

const tenantOf = ({ tenant }: { readonly tenant: string | null }): { readonly tenant?: string } => (tenant === null ? {} : { tenant })

const listOwn = (service: Service): Call =>
  defineUserCall({
    method: 'get',
    path: '/api/v1/auth/devices',
    summary: 'My devices',
    answers: {
      200: {
        description: 'All that I have logged in from, last seen first.',
        schema: z.strictObject({ devices: z.array(ownDevice) }).openapi('OwnDevices'),
      },
    },
    async run({ c, presented }) {
      const mine = await signedIn(service, c, presented)
      const found = await service.sessions.listDevices(mine.userId, tenantOf(mine))
      return c.json({ devices: found.map((one) => ({ ...deviceJson(one), current: one.id === mine.device?.id })) })
    },
  })

const forgetOwn = (service: Service): Call =>
  defineUserCall({
    method: 'delete',
    path: '/api/v1/auth/devices/{deviceId}',
    summary: 'Forget one of my devices and end its sessions',
    params: ownDeviceParams,
    answers: { 200: { description: 'How many sessions were ended.', schema: terminated } },
    async run({ c, presented, params }) {
      const mine = await signedIn(service, c, presented)
      const ended = await service.sessions.forgetDevice(mine.userId, params.deviceId, tenantOf(mine))
      tellLevel(c, ended.level)
      return c.json({ terminated: ended.terminated })
    },
  })
