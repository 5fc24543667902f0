import type { Millis } from '../clock.js'
import { readAuthTime } from './create-options.js'
import { readData } from './data.js'
import { readIdentifier, readIdentifiers } from './identifier.js'
import { readObject, refuseUnknown } from './refuse.js'

/** The options of a re-authentication, checked. What is absent stays as it is. */
export interface ReadReauthenticateOptions {
  readonly authTime: Millis
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly roles?: readonly string[]
  readonly permissions?: readonly string[]
  readonly tenant?: string
  readonly data?: Readonly<Record<string, unknown>>
}

const FIELDS = ['authTime', 'acr', 'amr', 'roles', 'permissions', 'tenant', 'data'] as const

export function readReauthenticateOptions(value: unknown, now: Millis, path = 'options'): ReadReauthenticateOptions {
  const given = value === undefined ? {} : readObject(path, value)
  refuseUnknown(path, given, FIELDS)
  const { authTime, acr, amr, roles, permissions, tenant, data } = given
  return {
    authTime: readAuthTime(`${path}.authTime`, authTime, now),
    ...(acr === undefined ? {} : { acr: readIdentifier(`${path}.acr`, acr) }),
    ...(amr === undefined ? {} : { amr: readIdentifiers(`${path}.amr`, amr) }),
    ...(roles === undefined ? {} : { roles: readIdentifiers(`${path}.roles`, roles) }),
    ...(permissions === undefined ? {} : { permissions: readIdentifiers(`${path}.permissions`, permissions) }),
    ...(tenant === undefined ? {} : { tenant: readIdentifier(`${path}.tenant`, tenant) }),
    ...(data === undefined ? {} : { data: readData(`${path}.data`, data) }),
  }
}
