import { createSessionManager, isSessionError } from 'sojourn'
import { expect } from 'vitest'
import type { SessionError, SessionErrorCode } from '../../src/errors.js'
import type { Session, SessionContext } from '../../src/session.js'
import type { Bench, BenchLimits } from './bench.js'
import { formOf } from './token-form.js'

export const SECOND = 1000
export const MINUTE: number = 60 * SECOND
export const HOUR: number = 60 * MINUTE
export const DAY: number = 24 * HOUR

export const FIREFOX_LINUX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
export const FIREFOX_LINUX_NEWER = 'Mozilla/5.0 (X11; Linux x86_64; rv:134.0) Gecko/20100101 Firefox/134.0'
export const FIREFOX_WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0'
export const CHROME_LINUX = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'
export const CHROME_WINDOWS =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'

export const CONTEXT: SessionContext = Object.freeze({
  ipAddress: '203.0.113.7',
  userAgent: FIREFOX_LINUX,
  deviceId: 'laptop-17',
  location: 'Berlin, DE',
})

/** A token can be renewed at once, by hand, as often as a check needs, and idle time plays no part. */
export const RENEWABLE: BenchLimits = Object.freeze({
  sessionLifetime: '8h',
  idleTimeout: '8h',
  renewal: Object.freeze({ auto: false, threshold: '8h', maxRenewals: 10, gracePeriod: '30s' }),
})

const LOG_IN_AGAIN = /log in|sign in|authenticat/i

/** The refusal that `work` ends in. Fails if it succeeds, or ends in anything that is not one. */
export async function refusal(work: Promise<unknown>, code?: SessionErrorCode | readonly SessionErrorCode[]): Promise<SessionError> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if (!('error' in outcome)) throw new Error(`expected ${String(code ?? 'a refusal')}, but it succeeded`)
  if (!isSessionError(outcome.error)) throw outcome.error
  return expectCode(outcome.error, code)
}

/** What `work` comes to, or undefined if it is refused with `code`: for what may be done in one of two ways. */
export async function unlessRefused<T>(work: Promise<T>, code: SessionErrorCode | readonly SessionErrorCode[]): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    await refusal(Promise.reject(error), code)
    return undefined
  }
}

function expectCode(error: SessionError, code?: SessionErrorCode | readonly SessionErrorCode[]): SessionError {
  if (typeof code === 'string') expect(error.code, error.message).toBe(code)
  else if (code !== undefined) expect(code, error.message).toContain(error.code)
  expect(error.message.length, 'a message says what to do').toBeGreaterThan(15)
  if (['SESSION_NOT_FOUND', 'SESSION_REVOKED', 'CONTEXT_MISMATCH', 'REAUTHENTICATION_REQUIRED', 'TOKEN_REUSED'].includes(error.code)) {
    expect(error.message).toMatch(LOG_IN_AGAIN)
  }
  if (error.code === 'SESSION_EXPIRED') expect(error.message).toMatch(error.renewable === true ? /renew/i : LOG_IN_AGAIN)
  return error
}

/** The session that `token` opens now. Fails if it is refused. */
export async function valid(bench: Bench, token: string, context?: SessionContext): Promise<Session> {
  const result = await bench.sessions.validateSession(token, context)
  if (!result.isValid) throw new Error(`expected a valid session, but: ${result.error.code} ${result.error.message}`)
  return result.session
}

/** Why `token` is refused now, as a value. Fails if it is accepted, or if the refusal is thrown. */
export async function invalid(
  bench: Bench,
  token: string,
  code?: SessionErrorCode | readonly SessionErrorCode[],
  context?: SessionContext,
): Promise<SessionError> {
  const result = await bench.sessions.validateSession(token, context)
  if (result.isValid) throw new Error(`expected ${String(code ?? 'a refusal')}, but the token was accepted`)
  expect(isSessionError(result.error)).toBe(true)
  return expectCode(result.error, code)
}

export async function isAlive(bench: Bench, token: string): Promise<boolean> {
  return (await bench.sessions.validateSession(token, undefined, { activity: false })).isValid
}

/** A token that is right in every way, but comes from an installation with other keys. */
export async function foreignToken(bench: Bench): Promise<string> {
  await using elsewhere = await createSessionManager({
    storage: { type: 'memory' },
    tokenType: bench.tokens,
    clock: bench.clock,
    cleanupInterval: 0,
    keys: { master: Uint8Array.from({ length: 32 }, (_, i) => (i * 151 + 97) & 255) },
  })
  return (await elsewhere.createSession('user-1')).token
}

/** The parts of a token that open a session: all of it, and its secret alone. */
export function secretsOf(token: string): readonly string[] {
  return [token, formOf(token).secret]
}
