import { z } from '@hono/zod-openapi'
import { exactly } from '../exact.js'
import { identifier, text } from './text.js'

const named = {
  id: z.string().openapi({ description: 'Names the device in the list of its user.', example: 'dev_abcdefghijklmnopqrstuv' }),
  label: z.string().openapi({ description: 'For people.', example: 'Firefox on Linux' }),
  class: z.enum(['desktop', 'mobile', 'tablet', 'bot', 'unknown']),
}

/** The device that a session was given to. */
export const sessionDevice: z.ZodObject = z
  .strictObject({
    ...named,
    fingerprint: z.string().optional().openapi({ description: 'Keyed hash; stays the same while browsers are updated.' }),
  })
  .openapi('SessionDevice')

const place = z
  .strictObject({ country: z.string().optional(), region: z.string().optional(), city: z.string().optional() })
  .openapi('LastPlace')

const parts = {
  ...named,
  firstSeen: z.iso.datetime(),
  lastSeen: z.iso.datetime(),
  lastPlace: place.optional(),
  trusted: z.boolean(),
  sessions: z.int().openapi({ description: 'How many sessions it has that could be used now.' }),
}

/** A device that a user has logged in from. */
export const device: z.ZodObject = z.strictObject(parts).openapi('Device')

/** A device in the list of its own user. */
export const ownDevice: z.ZodObject = z
  .strictObject({ ...parts, current: z.boolean().openapi({ description: 'Whether it is the one that asks.' }) })
  .openapi('OwnDevice')

const deviceId = text({
  most: 64,
  pattern: /^dev_[A-Za-z0-9_-]{1,60}$/,
  allowed: 'A device id is the text beginning with dev_ that stands in a device as id.',
  example: 'dev_abcdefghijklmnopqrstuv',
})

export const deviceParams: z.ZodType<{ readonly userId: string; readonly deviceId: string }> = z.strictObject({
  userId: identifier('A user id', 'alice'),
  deviceId,
})

export const ownDeviceParams: z.ZodType<{ readonly deviceId: string }> = z.strictObject({ deviceId })

export const tenantQuery: z.ZodType<{ readonly tenant?: string }> = exactly(
  z.strictObject({ tenant: identifier('A tenant', 'acme').optional() }),
)
