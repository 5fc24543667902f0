import type { Millis } from '../clock.js'
import { readConfirmation } from './confirmation.js'
import { readData } from './data.js'
import { readIdentifier, readIdentifiers } from './identifier.js'
import { readObject, refuse, refuseUnknown } from './refuse.js'

/** The options of a creation, checked and with instants in milliseconds. */
export interface ReadCreateOptions {
  readonly rememberMe: boolean
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  readonly tenant: string | null
  readonly data: Readonly<Record<string, unknown>>
  readonly authTime: Millis
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly replaces?: string
  readonly dpop?: { readonly jkt: string }
  /** Absent for a whole session of a user. */
  readonly stage?: 'pending' | 'anonymous'
  readonly actor?: string
  readonly carryOver: readonly string[]
}

const FIELDS = [
  'rememberMe',
  'roles',
  'permissions',
  'tenant',
  'data',
  'authTime',
  'amr',
  'acr',
  'replaces',
  'kind',
  'actor',
  'carryOver',
  'dpop',
] as const
/** Clocks of two machines in one house differ by less. */
const CLOCK_LEEWAY: Millis = 30_000

export function readAuthTime(path: string, value: unknown, now: Millis): Millis {
  if (value === undefined) return now
  const time = value instanceof Date ? value.getTime() : Number.NaN
  if (!Number.isFinite(time) || time < 0) refuse(path, value, 'it must be a Date.')
  if (time > now + CLOCK_LEEWAY) refuse(path, value, 'it must not be in the future.')
  return Math.min(time, now)
}

function readStage(path: string, value: unknown): ReadCreateOptions['stage'] {
  if (value === undefined || value === 'user') return undefined
  if (value !== 'pending' && value !== 'anonymous') refuse(path, value, 'it must be "user", "pending" or "anonymous".')
  return value
}

export function readCreateOptions(value: unknown, now: Millis, path = 'options'): ReadCreateOptions {
  const given = value === undefined ? {} : readObject(path, value)
  refuseUnknown(path, given, FIELDS)
  const {
    rememberMe = false,
    roles = [],
    permissions = [],
    tenant,
    data,
    authTime,
    amr,
    acr,
    replaces,
    kind,
    actor,
    carryOver,
    dpop,
  } = given
  if (typeof rememberMe !== 'boolean') refuse(`${path}.rememberMe`, rememberMe, 'it must be true or false.')
  if (replaces !== undefined && (typeof replaces !== 'string' || replaces === '' || replaces.length > 8_192)) {
    refuse(`${path}.replaces`, replaces, 'it must be the token of the session that is replaced.')
  }
  const read: { -readonly [Part in keyof ReadCreateOptions]: ReadCreateOptions[Part] } = {
    rememberMe,
    roles: readIdentifiers(`${path}.roles`, roles),
    permissions: readIdentifiers(`${path}.permissions`, permissions),
    tenant: tenant === undefined ? null : readIdentifier(`${path}.tenant`, tenant),
    data: readData(`${path}.data`, data),
    authTime: readAuthTime(`${path}.authTime`, authTime, now),
    carryOver: carryOver === undefined ? [] : readIdentifiers(`${path}.carryOver`, carryOver),
  }
  const stage = readStage(`${path}.kind`, kind)
  if (acr !== undefined) read.acr = readIdentifier(`${path}.acr`, acr)
  if (amr !== undefined) read.amr = readIdentifiers(`${path}.amr`, amr)
  if (replaces !== undefined) read.replaces = replaces
  if (dpop !== undefined) read.dpop = readConfirmation(`${path}.dpop`, dpop)
  if (stage !== undefined) read.stage = stage
  if (actor !== undefined) read.actor = readIdentifier(`${path}.actor`, actor)
  return read
}
