import type { GeoLocation, IssuedSession, Level, Session, SessionContext, SessionKind, SessionStatus } from '../session.js'
import type { OperationGrant, Seen, SessionAnalytics } from '../sessions.js'
import { reviveSessionDevice } from './revive-device.js'

/** Reads one JSON value that stands at `at`. Throws, naming the place and never the value, if it is not what was promised. */
export type Read<T> = (value: unknown, at: string) => T

type Json = Readonly<Record<string, unknown>>

const LEVELS: readonly string[] = ['local', 'stored', 'durable', 'everywhere'] satisfies Level[]
const KINDS: readonly string[] = ['user', 'pending', 'anonymous'] satisfies SessionKind[]
const STATUSES: readonly string[] = ['active', 'expired', 'ended'] satisfies SessionStatus[]

/** `Date.prototype.toISOString`: four digits for the year, or a sign and six. */
const INSTANT = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/

/** What a token of any kind consists of. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/

/** A session out of its JSON. Fields that this version does not know are left out. */
export const reviveSession: Read<Session> = (value, at) => {
  const json = object(value, at)
  const field = <T>(name: string, read: Read<T>): T => read(json[name], `${at}.${name}`)
  const elevatedUntil = field('elevatedUntil', optional(date))
  const actor = field('actor', optional(text))
  const acr = field('acr', optional(text))
  const amr = field('amr', optional(texts))
  const device = field('device', optional(reviveSessionDevice))
  const confirmed = field('confirmation', optional(confirmation))
  const deviceBoundSince = field('deviceBoundSince', optional(date))
  return {
    id: field('id', publicId),
    userId: field('userId', text),
    kind: field('kind', kind),
    ...(actor === undefined ? {} : { actor }),
    createdAt: field('createdAt', date),
    expiresAt: field('expiresAt', date),
    idleExpiresAt: field('idleExpiresAt', date),
    absoluteExpiresAt: field('absoluteExpiresAt', date),
    lastActivity: field('lastActivity', date),
    authTime: field('authTime', date),
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    context: field('context', context),
    ...(device === undefined ? {} : { device }),
    permissions: field('permissions', texts),
    ...(elevatedUntil === undefined ? {} : { elevatedUntil }),
    roles: field('roles', texts),
    rememberMe: field('rememberMe', flag),
    renewals: field('renewals', count),
    tenant: json['tenant'] === null ? null : field('tenant', text),
    data: field('data', data),
    status: field('status', status),
    ...(confirmed === undefined ? {} : { confirmation: confirmed }),
    ...(deviceBoundSince === undefined ? {} : { deviceBoundSince }),
  }
}

/** A session together with its token. */
export const reviveIssued: Read<IssuedSession> = (value, at) => {
  const token = text(object(value, at)['token'], `${at}.token`)
  if (!TOKEN.test(token)) throw unexpected(`${at}.token`)
  const refreshToken = optional(text)(object(value, at)['refreshToken'], `${at}.refreshToken`)
  if (refreshToken !== undefined && !TOKEN.test(refreshToken)) throw unexpected(`${at}.refreshToken`)
  return { ...reviveSession(value, at), token, ...(refreshToken === undefined ? {} : { refreshToken }) }
}

/** A session that may have a new token. */
export const reviveChanged: Read<Session & { readonly token?: string }> = (value, at) =>
  object(value, at)['token'] === undefined ? reviveSession(value, at) : reviveIssued(value, at)

/** The permission for one operation. */
export const reviveGrant: Read<OperationGrant> = (value, at) => {
  const json = object(value, at)
  return { grant: text(json['grant'], `${at}.grant`), expiresAt: date(json['expiresAt'], `${at}.expiresAt`) }
}

/** The sessions of a listing. */
export const reviveSessions: Read<Session[]> = (value, at) =>
  list(object(value, at)['sessions'], `${at}.sessions`).map((item, index) => reviveSession(item, `${at}.sessions.${index}`))

export const reviveAnalytics: Read<SessionAnalytics> = (value, at) => {
  const json = object(value, at)
  const field = <T>(name: string, read: Read<T>): T => read(json[name], `${at}.${name}`)
  return {
    sessionId: field('sessionId', publicId),
    duration: field('duration', amount),
    createdAt: field('createdAt', date),
    lastActivity: field('lastActivity', date),
    requestCount: field('requestCount', count),
    renewals: field('renewals', count),
    ipAddresses: field('ipAddresses', seen),
    userAgents: field('userAgents', seen),
  }
}

/** The level that a state change reached, from the header `Sojourn-Level`. */
export const reviveLevel: Read<Level> = (value, at) => {
  if (!isLevel(value)) throw unexpected(at)
  return value
}

/** How many sessions a "log out everywhere" ended. */
export const reviveTerminated: Read<number> = (value, at) => count(object(value, at)['terminated'], `${at}.terminated`)

/** A JSON object, not an array and not null. */
export const object: Read<Json> = (value, at) => {
  if (!isObject(value)) throw unexpected(at)
  return value
}

export const flag: Read<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw unexpected(at)
  return value
}

export function unexpected(at: string): TypeError {
  return new TypeError(`${at} is missing or not what the service promises`)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isLevel(value: unknown): value is Level {
  return typeof value === 'string' && LEVELS.includes(value)
}

function isKind(value: unknown): value is SessionKind {
  return typeof value === 'string' && KINDS.includes(value)
}

function isStatus(value: unknown): value is SessionStatus {
  return typeof value === 'string' && STATUSES.includes(value)
}

export function optional<T>(read: Read<T>): Read<T | undefined> {
  return (value, at) => (value === undefined ? undefined : read(value, at))
}

export const text: Read<string> = (value, at) => {
  if (typeof value !== 'string') throw unexpected(at)
  return value
}

const publicId: Read<string> = (value, at) => {
  const id = text(value, at)
  if (!/^sid_[A-Za-z0-9_-]{1,64}$/.test(id)) throw unexpected(at)
  return id
}

const amount: Read<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw unexpected(at)
  return value
}

export const count: Read<number> = (value, at) => {
  const whole = amount(value, at)
  if (!Number.isSafeInteger(whole) || whole < 0) throw unexpected(at)
  return whole
}

export const date: Read<Date> = (value, at) => {
  const instant = new Date(INSTANT.test(text(value, at)) ? text(value, at) : Number.NaN)
  if (Number.isNaN(instant.getTime())) throw unexpected(at)
  return instant
}

export const list: Read<readonly unknown[]> = (value, at) => {
  if (!Array.isArray(value)) throw unexpected(at)
  return value
}

const texts: Read<readonly string[]> = (value, at) => list(value, at).map((item, index) => text(item, `${at}.${index}`))

const status: Read<SessionStatus> = (value, at) => {
  if (!isStatus(value)) throw unexpected(at)
  return value
}

const confirmation: Read<{ readonly jkt: string }> = (value, at) => ({ jkt: text(object(value, at)['jkt'], `${at}.jkt`) })

const kind: Read<SessionKind> = (value, at) => {
  // A service of before there were kinds has sessions of users only.
  const name = value ?? 'user'
  if (!isKind(name)) throw unexpected(at)
  return name
}

const seen: Read<readonly Seen[]> = (value, at) =>
  list(value, at).map((item, index) => {
    const place = `${at}.${index}`
    const json = object(item, place)
    return {
      value: text(json['value'], `${place}.value`),
      firstSeen: date(json['firstSeen'], `${place}.firstSeen`),
      lastSeen: date(json['lastSeen'], `${place}.lastSeen`),
    }
  })

const context: Read<SessionContext> = (value, at) => {
  const json = object(value, at)
  const ipAddress = optional(text)(json['ipAddress'], `${at}.ipAddress`)
  const userAgent = optional(text)(json['userAgent'], `${at}.userAgent`)
  const deviceId = optional(text)(json['deviceId'], `${at}.deviceId`)
  const place = optional(location)(json['location'], `${at}.location`)
  return {
    ...(ipAddress === undefined ? {} : { ipAddress }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(place === undefined ? {} : { location: place }),
  }
}

export const location: Read<string | GeoLocation> = (value, at) => {
  if (typeof value === 'string') return value
  const json = object(value, at)
  const country = optional(text)(json['country'], `${at}.country`)
  const region = optional(text)(json['region'], `${at}.region`)
  const city = optional(text)(json['city'], `${at}.city`)
  const latitude = optional(amount)(json['latitude'], `${at}.latitude`)
  const longitude = optional(amount)(json['longitude'], `${at}.longitude`)
  return {
    ...(country === undefined ? {} : { country }),
    ...(region === undefined ? {} : { region }),
    ...(city === undefined ? {} : { city }),
    ...(latitude === undefined ? {} : { latitude }),
    ...(longitude === undefined ? {} : { longitude }),
  }
}

/** The application's data. A `__proto__` key changes the prototype of whatever the data is merged into (CVE-2018-3721). */
const data: Read<Json> = (value, at) => {
  const json = object(value, at)
  refusePrototypeKeys(json, at)
  return json
}

function refusePrototypeKeys(value: unknown, at: string): void {
  if (typeof value !== 'object' || value === null) return
  if (Object.hasOwn(value, '__proto__')) throw unexpected(at)
  for (const item of Object.values(value)) refusePrototypeKeys(item, at)
}
