import type { ClientHints, GeoLocation, SessionContext } from '../session.js'
import { canonicalAddress } from './address.js'
import { readIdentifier } from './identifier.js'
import { readObject, refuse, refuseUnknown } from './refuse.js'

/** A checked context, and the parts that were left out of it because they say nothing. */
export interface ReadContext {
  readonly context: SessionContext
  readonly leftOut: readonly string[]
}

const NOTHING: readonly string[] = Object.freeze([])
const FIELDS = ['ipAddress', 'userAgent', 'deviceId', 'location', 'clientHints', 'acceptLanguage'] as const
const HINT_FIELDS = ['brands', 'mobile', 'platform'] as const
const LOCATION_FIELDS = ['country', 'region', 'city', 'latitude', 'longitude'] as const

const ADDRESS_CHARACTERS = /^[0-9A-Za-z:.%-]{1,64}$/
/** Visible ASCII and space (RFC 9110 5.5), without the quotes that no browser sends. */
const AGENT_CHARACTERS = /^[ !#-_a-~]{1,1024}$/
/** Structured fields (RFC 8941), without the backticks that no browser sends: read, and not kept. */
const HINT = {
  pattern: /^[ -_a-~]{1,512}$/,
  allowed: 'it must be the value of the header: 1 to 512 visible ASCII characters or spaces, without backticks.',
}
/** Language ranges and their weights (RFC 9110 12.5.4). */
const LANGUAGES = {
  pattern: /^[A-Za-z0-9,;=.* -]{1,512}$/,
  allowed: 'it must be the value of the header, 1 to 512 characters: for example "de-DE,de;q=0.9".',
}
const PLACE_CHARACTERS = /^[\p{L}\p{Mn}\p{Mc}\p{N} ,.\-()/']{1,255}$/u
const PLACE_MEANING = /[\p{L}\p{N}]/u

function readPlace(path: string, value: unknown): string {
  if (typeof value !== 'string' || !PLACE_CHARACTERS.test(value) || !PLACE_MEANING.test(value)) {
    refuse(path, value, "it must have 1 to 255 characters: letters, digits, spaces and , . - ( ) / '.")
  }
  return value
}

function readDegrees(path: string, value: unknown, most: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) > most)
    refuse(path, value, `it must be a number of degrees from -${most} to ${most}.`)
  return value
}

function readLocation(path: string, value: unknown): string | GeoLocation {
  if (typeof value === 'string') return readPlace(path, value)
  const given = readObject(path, value)
  refuseUnknown(path, given, LOCATION_FIELDS)
  return {
    ...(given['country'] === undefined ? {} : { country: readPlace(`${path}.country`, given['country']) }),
    ...(given['region'] === undefined ? {} : { region: readPlace(`${path}.region`, given['region']) }),
    ...(given['city'] === undefined ? {} : { city: readPlace(`${path}.city`, given['city']) }),
    ...(given['latitude'] === undefined ? {} : { latitude: readDegrees(`${path}.latitude`, given['latitude'], 90) }),
    ...(given['longitude'] === undefined ? {} : { longitude: readDegrees(`${path}.longitude`, given['longitude'], 180) }),
  }
}

function readHeader(path: string, value: unknown, { pattern, allowed }: typeof HINT): string {
  if (typeof value !== 'string' || !pattern.test(value)) refuse(path, value, allowed)
  return value
}

function readHints(path: string, value: unknown): ClientHints {
  const given = readObject(path, value)
  refuseUnknown(path, given, HINT_FIELDS)
  const hints = HINT_FIELDS.flatMap((name) => (given[name] === undefined ? [] : [[name, readHeader(`${path}.${name}`, given[name], HINT)]]))
  return Object.fromEntries(hints)
}

/**
 * Checks a context. What could not have come from an honest caller (a wrong type, control characters, a megabyte) is
 * refused; an address that is no address is left out, since a login must not fail for it (mission F1).
 */
export function readContext(value: unknown, path = 'context'): ReadContext {
  if (value === undefined) return { context: {}, leftOut: [] }
  const given = readObject(path, value)
  refuseUnknown(path, given, FIELDS)
  const { ipAddress, userAgent, deviceId, location, clientHints, acceptLanguage } = given
  if (ipAddress !== undefined && (typeof ipAddress !== 'string' || !ADDRESS_CHARACTERS.test(ipAddress))) {
    refuse(`${path}.ipAddress`, ipAddress, 'it must be the text of an IPv4 or IPv6 address.')
  }
  if (userAgent !== undefined && (typeof userAgent !== 'string' || !AGENT_CHARACTERS.test(userAgent))) {
    refuse(
      `${path}.userAgent`,
      userAgent,
      'it must have 1 to 1024 visible ASCII characters or spaces, without double quotes and backticks.',
    )
  }
  const address = typeof ipAddress === 'string' ? canonicalAddress(ipAddress) : undefined
  const context: { -readonly [Part in keyof SessionContext]: SessionContext[Part] } = {}
  if (address !== undefined) context.ipAddress = address
  if (typeof userAgent === 'string') context.userAgent = userAgent
  if (deviceId !== undefined) context.deviceId = readIdentifier(`${path}.deviceId`, deviceId)
  if (location !== undefined) context.location = readLocation(`${path}.location`, location)
  if (clientHints !== undefined) context.clientHints = readHints(`${path}.clientHints`, clientHints)
  if (acceptLanguage !== undefined) context.acceptLanguage = readHeader(`${path}.acceptLanguage`, acceptLanguage, LANGUAGES)
  return { context, leftOut: typeof ipAddress === 'string' && address === undefined ? ['ipAddress'] : NOTHING }
}
