import { SessionError } from '../errors.js'
import type { Sessions } from '../sessions.js'
import { bodyText, impossibleToken, named, userSegment } from './argument.js'
import type { Send } from './request.js'
import { reviveLevel, reviveTerminated } from './revive.js'
import { reviveDevice, reviveDevices } from './revive-device.js'

/** No tenant is longer, as no identifier is. */
const LONGEST_TENANT = 255

function tenantQuery(options: unknown): string {
  if (options === undefined) return ''
  const tenant = (options as { readonly tenant?: unknown } | null)?.tenant
  if (tenant === undefined) return ''
  if (typeof tenant !== 'string' || tenant === '' || tenant.length > LONGEST_TENANT || /\p{Surrogate}/u.test(tenant))
    throw new SessionError('INVALID_ARGUMENT', 'options.tenant is a text of 1 to 255 characters.', { path: 'options.tenant' })
  return `?${new URLSearchParams({ tenant }).toString()}`
}

function deviceSegment(deviceId: unknown): string {
  if (typeof deviceId === 'string' && /^dev_[A-Za-z0-9_-]{1,60}$/.test(deviceId)) return deviceId
  throw new SessionError('INVALID_ARGUMENT', 'deviceId is the id (dev_…) of a device.', { path: 'deviceId' })
}

/** The functions about the devices of a user. All of them can be repeated. */
export function deviceCalls(send: Send, demandOpen: () => void): Pick<Sessions, 'listDevices' | 'forgetDevice' | 'trustDevice'> {
  return {
    async listDevices(userId, options) {
      return await send({
        method: 'GET',
        path: `/users/${userSegment(userId)}/devices${tenantQuery(options)}`,
        secrets: [],
        repeatable: true,
        success: [200],
        options: ['tenant'],
        read: (answer) => reviveDevices(answer.json, 'answer'),
      })
    },
    async forgetDevice(userId, deviceId, options) {
      return await send({
        method: 'DELETE',
        path: `/users/${userSegment(userId)}/devices/${deviceSegment(deviceId)}${tenantQuery(options)}`,
        secrets: [],
        repeatable: true,
        success: [200],
        options: ['tenant'],
        read: (answer) => ({
          terminated: reviveTerminated(answer.json, 'answer'),
          level: reviveLevel(answer.header('sojourn-level'), 'Sojourn-Level'),
        }),
      })
    },
    async trustDevice(tokenOrId) {
      demandOpen()
      const error = impossibleToken(tokenOrId)
      if (error !== undefined) throw error
      return await send({
        method: 'POST',
        path: '/sessions/trust-device',
        body: bodyText(named(tokenOrId)),
        secrets: tokenOrId.startsWith('sid_') ? [] : [tokenOrId],
        repeatable: true,
        success: [200],
        read: (answer) => reviveDevice(answer.json, 'device'),
      })
    },
  }
}
