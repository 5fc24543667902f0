import { type Clock, type Millis, systemClock } from '../clock.js'
import { SessionError } from '../errors.js'
import type { Sessions } from '../sessions.js'
import { apiAddress, type ClearTextUrl } from './address.js'
import { sessionCalls, userCalls } from './calls.js'
import { deviceCalls } from './device-calls.js'
import type { Fetch } from './exchange.js'
import { type Connection, request, type Send } from './request.js'
import { stepUpCalls } from './step-up-calls.js'

export { type ClearTextUrl, dangerouslySendKeyAndTokensUnencrypted } from './address.js'
export type { Fetch, FetchAnswer, FetchInit } from './exchange.js'

export interface SessionClientOptions {
  /** The root of the session service: `https:`, or `http:` to this host. For anything else see `dangerouslySendKeyAndTokensUnencrypted`. */
  readonly url: string | ClearTextUrl
  /** The service key, which the service said at its first start. */
  readonly serviceKey: string
  /** @default the global `fetch` */
  readonly fetch?: Fetch
  /** Milliseconds that one call may take, its repetitions included, 1 to 600,000. @default 5000 */
  readonly timeout?: Millis
  /** How often a call is repeated that found no service, 0 to 10. @default 2 */
  readonly retries?: number
  /** @default the clock of this machine */
  readonly clock?: Clock
}

const DEFAULTS = Object.freeze({ timeout: 5_000, retries: 2 }) satisfies Partial<SessionClientOptions>

/**
 * The nine functions over HTTP: the same arguments, answers and errors as in the process of the service.
 *
 * While the service cannot be reached, every call throws `STORE_UNAVAILABLE`, which means neither "valid" nor "logged out".
 * A call is repeated with growing pauses (100 ms, 200 ms, …, or what `Retry-After` asks for) when nothing answered or the
 * service said 502 to 504, within `timeout`. What makes or replaces a token or a grant is sent once: when the answer to
 * `createSession` is lost, the session may exist without anybody holding its token, and a repetition would make a second one
 * (it ends by itself when its idle time is over); after a re-authentication the user has to log in again.
 *
 * Throws `CONFIG_INVALID` at once for an address that is not safe, and at the first call if the service refuses the key.
 * A user id that is `.` or `..` is refused with `INVALID_ARGUMENT` by the two functions that put it in an address.
 * After `close`, which waits for calls that are under way, every call throws `STORE_UNAVAILABLE`.
 */
export function createSessionClient(options: SessionClientOptions): Sessions {
  const connection = connectionOf(options)
  const pending = new Set<Promise<unknown>>()
  let closed = false
  const demandOpen = (): void => {
    if (closed) throw new SessionError('STORE_UNAVAILABLE', 'This session client has been closed.')
  }
  const send: Send = async (call) => {
    demandOpen()
    const answer = request(connection, call)
    pending.add(answer)
    try {
      return await answer
    } finally {
      pending.delete(answer)
    }
  }
  const close = async (): Promise<void> => {
    closed = true
    await Promise.allSettled(pending)
  }
  return Object.freeze({
    ...sessionCalls(send, demandOpen, connection.serviceKey),
    ...userCalls(send),
    ...deviceCalls(send, demandOpen),
    ...stepUpCalls(send, demandOpen),
    close,
    [Symbol.asyncDispose]: close,
  })
}

function connectionOf(options: SessionClientOptions): Connection {
  const { url, serviceKey, timeout = DEFAULTS.timeout, retries = DEFAULTS.retries, clock = systemClock } = options
  const address = apiAddress(url)
  if (typeof serviceKey !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(serviceKey)) {
    throw new SessionError(
      'CONFIG_INVALID',
      'The service key is empty or holds characters that cannot be sent. Give it as the service said it.',
      {
        path: 'serviceKey',
      },
    )
  }
  if (!Number.isFinite(timeout) || timeout < 1 || timeout > 600_000) {
    throw new SessionError('CONFIG_INVALID', 'timeout is a number of milliseconds from 1 to 600,000.', { path: 'timeout' })
  }
  if (!Number.isInteger(retries) || retries < 0 || retries > 10) {
    throw new SessionError('CONFIG_INVALID', 'retries is a whole number from 0 to 10.', { path: 'retries' })
  }
  // Looked up at each call, so that a global fetch that is replaced later (for tracing) is used.
  const fetch: Fetch = options.fetch ?? ((target, init) => globalThis.fetch(target, init))
  return Object.freeze({ address, serviceKey, fetch, timeout, retries, clock })
}
