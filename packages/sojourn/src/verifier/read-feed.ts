import type { RevocationFeed } from '../revocations.js'

const isSeconds = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isOptionalText = (value: unknown): boolean => value === undefined || typeof value === 'string'
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

/** A document that is the feed of this issuer, every part of it; anything else is no answer. */
export function readFeed(value: unknown, issuer: string): RevocationFeed | undefined {
  if (!isObject(value) || value['issuer'] !== issuer || typeof value['salt'] !== 'string' || typeof value['next'] !== 'string')
    return undefined
  const { maxLifetime, keys, sessions, logins } = value
  const isWhole =
    isSeconds(maxLifetime) &&
    Array.isArray(keys) &&
    keys.every((kid) => typeof kid === 'string') &&
    Array.isArray(sessions) &&
    sessions.every((one: unknown) => isObject(one) && typeof one['sid'] === 'string' && isSeconds(one['exp'])) &&
    Array.isArray(logins) &&
    logins.every(
      (one: unknown) =>
        isObject(one) &&
        isSeconds(one['before']) &&
        isSeconds(one['exp']) &&
        isOptionalText(one['subject']) &&
        isOptionalText(one['except']),
    )
  return isWhole ? (value as unknown as RevocationFeed) : undefined
}
