import { z } from '@hono/zod-openapi'
import type { SessionContext } from 'sojourn'
import { exactly } from '../exact.js'
import { identifier, instant, text } from './text.js'

const place = text({
  most: 255,
  pattern: /^[\p{L}\p{M}\p{N} ,.\-()/']+$/u,
  allowed: "A place is 1 to 255 letters, digits, spaces and , . - ( ) / '.",
  example: 'Berlin, DE',
})

const degrees = (most: number): z.ZodNumber => {
  const allowed = `Degrees are a number from -${most} to ${most}.`
  return z.number({ error: allowed }).min(-most, allowed).max(most, allowed)
}

const geoLocation = z
  .strictObject({
    country: place.optional().openapi({ description: 'ISO 3166-1 alpha-2', example: 'DE' }),
    region: place.optional(),
    city: place.optional(),
    latitude: degrees(90).optional(),
    longitude: degrees(180).optional(),
  })
  .openapi('GeoLocation')

const hint = (example: string): z.ZodString =>
  text({
    most: 512,
    pattern: /^[\x20-\x5f\x61-\x7e]+$/,
    allowed: 'A client hint is 1 to 512 printable ASCII characters without backticks.',
    example,
  })

const languages = text({
  most: 512,
  pattern: /^[A-Za-z0-9,;=.* -]+$/,
  allowed: 'acceptLanguage is the value of the header, 1 to 512 characters.',
  example: 'de-DE,de;q=0.9,en;q=0.8',
})

const parts = {
  ipAddress: text({
    most: 64,
    pattern: /^[0-9A-Za-z:.%-]+$/,
    allowed: 'An address is 1 to 64 characters of an IPv4 or IPv6 address.',
    example: '203.0.113.7',
  }).optional(),
  userAgent: text({
    most: 1_024,
    pattern: /^[\x20\x21\x23-\x5f\x61-\x7e]+$/,
    allowed: 'A user agent is 1 to 1024 printable ASCII characters without quotation marks and backticks.',
    example: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  }).optional(),
  deviceId: identifier('A device id', 'device-1').optional(),
  location: z
    .union([place, geoLocation], {
      error: 'A location is the name of a place or an object of country, region, city, latitude and longitude.',
    })
    .optional(),
  clientHints: z
    .strictObject(
      {
        brands: hint('"Chromium";v="140", "Google Chrome";v="140"').optional(),
        mobile: hint('?0').optional(),
        platform: hint('"Linux"').optional(),
      },
      { error: 'Client hints are an object of brands, mobile and platform.' },
    )
    .openapi('ClientHints')
    .optional(),
  acceptLanguage: languages.optional(),
}

const object = { error: 'A context is an object of ipAddress, userAgent, deviceId, location, clientHints and acceptLanguage.' }

/** Where a request came from. */
export const context: z.ZodType<SessionContext> = exactly(z.strictObject(parts, object).openapi('SessionContext'))

/** The parts of a context that change. */
export const contextChanges: z.ZodType<SessionContext & { readonly lastActivity?: string }> = exactly(
  z.strictObject({ ...parts, lastActivity: instant.optional() }, object).openapi('SessionContextChanges'),
)
