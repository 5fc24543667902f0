import type { SessionManagerOptions } from '../config.js'
import { SessionError } from '../errors.js'

/** Limits of one tenant, where they differ from those of all. */
export interface TenantLimits {
  readonly maxConcurrentSessions?: number
}

/** As many as a user can have at all. */
const MOST_SESSIONS = 10_000

function refuse(path: string, allowed: string): never {
  throw new SessionError('CONFIG_INVALID', `${path}: ${allowed}`, { path })
}

/** The limits of tenants by their names, checked. */
export function resolveTenants(tenants: SessionManagerOptions['tenants']): ReadonlyMap<string, TenantLimits> {
  if (tenants === undefined) return new Map()
  if (typeof tenants !== 'object' || tenants === null || Array.isArray(tenants))
    refuse('tenants', 'it must be an object with the names of tenants as keys.')
  return new Map(Object.entries(tenants).map(([name, limits]) => [name, readTenant(`tenants.${name}`, limits)]))
}

function readTenant(path: string, limits: unknown): TenantLimits {
  if (typeof limits !== 'object' || limits === null) refuse(path, 'it must be an object.')
  for (const key of Object.keys(limits)) {
    if (key !== 'maxConcurrentSessions') refuse(`${path}.${key}`, 'there is no such option; known is maxConcurrentSessions.')
  }
  const most = 'maxConcurrentSessions' in limits ? limits.maxConcurrentSessions : undefined
  if (most === undefined) return {}
  if (typeof most !== 'number' || !Number.isInteger(most) || most < 1 || most > MOST_SESSIONS)
    refuse(`${path}.maxConcurrentSessions`, `it must be a whole number from 1 to ${MOST_SESSIONS}.`)
  return { maxConcurrentSessions: most }
}
