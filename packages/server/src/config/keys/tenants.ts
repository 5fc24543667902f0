import type { TenantKeySource } from '../../settings.js'
import { type ConfigKey, duration, parsed, text } from '../key.js'
import { KEY_CHARACTERS } from '../secrets.js'

/** More could not be looked through at each request. */
const MAX_KEYS = 1_000
const MAX_TENANTS = 10_000
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u

type Part = Readonly<Record<string, unknown>>

function partsIn(value: unknown, most: number, known: readonly string[]): readonly Part[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined
  const isPart = (item: unknown): item is Part =>
    typeof item === 'object' && item !== null && !Array.isArray(item) && Object.keys(item).every((name) => known.includes(name))
  return value.every(isPart) ? value : undefined
}

function isTenant(value: unknown): value is string {
  return typeof value === 'string' && /^[^\s\p{C}]{1,255}$/u.test(value)
}

function keyIn({ key, key_file: keyFile, tenant, name }: Part): TenantKeySource | undefined {
  if (!isTenant(tenant) || typeof name !== 'string' || !NAME.test(name)) return undefined
  if (typeof keyFile === 'string' && keyFile !== '' && key === undefined) return { keyFile, tenant, name }
  return typeof key === 'string' && KEY_CHARACTERS.test(key) && keyFile === undefined ? { key, tenant, name } : undefined
}

function keysIn(value: unknown): readonly TenantKeySource[] | undefined {
  const keys = partsIn(value, MAX_KEYS, ['key', 'key_file', 'tenant', 'name'])?.map(keyIn)
  return keys?.every((key) => key !== undefined) === true ? keys : undefined
}

type TenantLimits = Readonly<Record<string, { readonly maxConcurrentSessions: number }>>

function limitsIn(value: unknown): TenantLimits | undefined {
  const parts = partsIn(value, MAX_TENANTS, ['name', 'max_concurrent_sessions'])
  const limits = parts?.map(({ name, max_concurrent_sessions: most }) =>
    isTenant(name) && typeof most === 'number' && Number.isInteger(most) && most >= 1 && most <= 10_000
      ? ([name, { maxConcurrentSessions: most }] as const)
      : undefined,
  )
  return limits?.every((one) => one !== undefined) === true ? Object.fromEntries(limits) : undefined
}

const policies = 'session_manager.security.session_policies'

/** Tenants and applications, and what is less than a session of a user. */
export const tenantKeys: readonly ConfigKey[] = [
  parsed(
    'service.service_keys',
    'Keys of applications that work for one tenant only.',
    'a list of { key_file or key, tenant, name }; a key has 8 to 1024 visible ASCII characters, the name is for people',
    keysIn,
    (sources) => ({ tenantKeySources: sources }),
  ),
  parsed(
    `${policies}.tenants`,
    'Limits of single tenants, where they differ.',
    'a list of { name, max_concurrent_sessions }, with a whole number from 1 to 10000',
    limitsIn,
    (tenants) => ({ sessions: { tenants } }),
  ),
  text(
    'session_manager.application',
    'Name of the application, where several share one store and one key.',
    { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, allowed: '1 to 64 letters, digits, dots, dashes and underlines' },
    (application) => ({ sessions: { application } }),
  ),
  duration(`${policies}.pending_lifetime`, 'How long a login may wait for its second factor.', (pendingLifetime) => ({
    sessions: { pendingLifetime },
  })),
  duration(`${policies}.anonymous_idle_timeout`, 'Longest time between two uses of an anonymous session.', (idleTimeout) => ({
    sessions: { anonymous: { idleTimeout } },
  })),
  parsed(
    `${policies}.anonymous_per_minute`,
    'Most anonymous sessions that one source can begin in a minute.',
    'a whole number from 1 to 1000000',
    (value) => (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000_000 ? value : undefined),
    (perMinute) => ({ sessions: { anonymous: { perMinute } } }),
  ),
]
