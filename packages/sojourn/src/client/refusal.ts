import { SessionError, type SessionErrorCode, type SessionErrorDetails, STATUS_OF_CODE } from '../errors.js'

/** Longer texts are cut: they go into logs and answers. */
const LONGEST_TEXT = 1_000

/** What is shorter is in every other word and no credential. */
const SHORTEST_SECRET = 8

/** A day: a longer wait is a mistake of the other side. */
const LONGEST_WAIT_SECONDS = 86_400

/**
 * The error that a problem document (RFC 9457) or the `error` of a validation tells, or undefined if `value` is none, or
 * contradicts itself: the status must be the one that belongs to the code.
 *
 * @param secrets what must not be repeated: a text that echoes one of them is left out
 */
export function reviveRefusal(value: unknown, secrets: readonly string[]): SessionError | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const problem: Readonly<Record<string, unknown>> = { ...value }
  const code = problem['code']
  if (!isCode(code) || problem['status'] !== STATUS_OF_CODE[code]) return undefined
  const speak = (text: unknown): string | undefined => {
    if (typeof text !== 'string' || text === '') return undefined
    return secrets.some((secret) => secret.length >= SHORTEST_SECRET && text.includes(secret)) ? undefined : text.slice(0, LONGEST_TEXT)
  }
  const message = speak(problem['message']) ?? speak(problem['detail']) ?? speak(problem['title'])
  return new SessionError(code, message ?? `The session service refused this with ${code}.`, detailsOf(problem, speak))
}

function detailsOf(problem: Readonly<Record<string, unknown>>, speak: (text: unknown) => string | undefined): SessionErrorDetails {
  const { expired, renewable, retryAfter, maxAge, acrValues } = problem
  const reason = speak(problem['reason'])
  const path = speak(problem['path'])
  const nonce = speak(problem['nonce'])
  return {
    ...(expired === 'idle' || expired === 'lifetime' || expired === 'absolute' ? { expired } : {}),
    ...(typeof renewable === 'boolean' ? { renewable } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(isWait(retryAfter) ? { retryAfter } : {}),
    ...(path === undefined ? {} : { path }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(typeof maxAge === 'number' && maxAge >= 0 ? { maxAge } : {}),
    ...(Array.isArray(acrValues) && acrValues.every((one) => typeof one === 'string') ? { acrValues } : {}),
  }
}

/** Whether this is a number of seconds that somebody can be asked to wait. */
export function isWait(seconds: unknown): seconds is number {
  return typeof seconds === 'number' && seconds >= 0 && seconds <= LONGEST_WAIT_SECONDS
}

function isCode(value: unknown): value is SessionErrorCode {
  return typeof value === 'string' && Object.hasOwn(STATUS_OF_CODE, value)
}
