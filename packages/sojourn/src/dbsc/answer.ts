import type { DeviceAnswer } from '../device.js'
import { SessionError } from '../errors.js'

/** Answers that stay in caches would hand one browser's cookie to another. */
const ALWAYS = { 'Cache-Control': 'no-store' }

export function deviceAnswer(
  status: DeviceAnswer['status'],
  headers: Readonly<Record<string, string>> = {},
  body?: Readonly<Record<string, unknown>>,
): DeviceAnswer {
  return { status, headers: { ...ALWAYS, ...headers }, ...(body === undefined ? {} : { body }) }
}

/** A pause of a second is short against the life of a cookie and long for a store that is down. */
const LEAST_WAIT = 1

/**
 * Whatever says nothing about the session must not end it: a browser forgets its binding at any 4xx but 403, 407 and 429
 * (draft 8.8). So an outage or a quarrel over one row is 503. Anything unexpected is thrown on, and becomes a 500.
 */
export async function undecidedAs503(run: () => Promise<DeviceAnswer>): Promise<DeviceAnswer> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof SessionError) || (error.code !== 'STORE_UNAVAILABLE' && error.code !== 'CONFLICT')) throw error
    return deviceAnswer(503, { 'Retry-After': String(Math.max(LEAST_WAIT, Math.ceil(error.retryAfter ?? 0))) })
  }
}
