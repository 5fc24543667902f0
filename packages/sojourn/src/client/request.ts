import { type Clock, type Millis, sleep } from '../clock.js'
import { SessionError } from '../errors.js'
import { type Answer, exchange, type Fetch } from './exchange.js'
import { isWait, reviveRefusal } from './refusal.js'

/** What all calls of one client share. */
export interface Connection {
  /** Without a slash at the end. */
  readonly address: string
  readonly serviceKey: string
  readonly fetch: Fetch
  /** For a whole call, its repetitions included. */
  readonly timeout: Millis
  /** How often a call that can be repeated is repeated. */
  readonly retries: number
  readonly clock: Clock
}

/** One call of the API. */
export interface Call<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the address, each segment encoded. Never holds a token: addresses are written into logs. */
  readonly path: string
  /** JSON text. */
  readonly body?: string
  /** Tokens in the body, which no error may repeat. */
  readonly secrets: readonly string[]
  /** Whether sending it twice has the effect of sending it once. */
  readonly repeatable: boolean
  /** The statuses of success. */
  readonly success: readonly number[]
  /** What stands at the top of the body or query and came from the caller's `options`: errors call it `options.reason` again. */
  readonly options?: readonly string[]
  /** Turns an answer of success into what the caller gets. Throws if it is malformed. */
  read(answer: Answer): T
}

/** Makes a call of one client. */
export type Send = <T>(call: Call<T>) => Promise<T>

/** The first pause before a repetition; each further one is twice as long. */
const FIRST_PAUSE: Millis = 100

/** A service that asks for more patience than this gets none: the caller is told `retryAfter` and decides. */
const LONGEST_PAUSE: Millis = 3_000

type Outcome<T> =
  | { readonly value: T }
  | {
      readonly error: SessionError
      /** Whether another try may go better. */
      readonly passing: boolean
      /** What the service asked for with `Retry-After`. */
      readonly pause?: Millis
    }

/**
 * Makes a call and answers with what it read. Every refusal of the service is thrown as the same `SessionError`. Whatever
 * leaves open what happened (no answer, too late, a redirect, something that is not an answer of this service) is
 * `STORE_UNAVAILABLE`: neither yes nor "logged out". A refused service key is `CONFIG_INVALID`.
 */
export async function request<T>(connection: Connection, call: Call<T>): Promise<T> {
  const { clock } = connection
  const end = clock.monotonic() + connection.timeout
  for (let tries = 0; ; tries++) {
    const outcome = await attempt(connection, call, end - clock.monotonic())
    if ('value' in outcome) return outcome.value
    const pause = Math.max(FIRST_PAUSE * 2 ** tries, outcome.pause ?? 0)
    const again = call.repeatable && outcome.passing && tries < connection.retries
    if (!again || pause > LONGEST_PAUSE || clock.monotonic() + pause >= end) throw outcome.error
    await sleep(clock, pause)
  }
}

async function attempt<T>(connection: Connection, call: Call<T>, left: Millis): Promise<Outcome<T>> {
  const { clock, fetch, serviceKey, address } = connection
  const abort = new AbortController()
  let cancel = (): void => undefined
  // A race, and not the signal alone: a fetch that was given by the caller may not listen to it.
  const late = new Promise<'late'>((resolve) => {
    cancel = clock.after(Math.max(0, left), () => resolve('late'))
  })
  try {
    const sent = exchange(fetch, { method: call.method, url: address + call.path, serviceKey, body: call.body }, abort.signal)
    const answer = await Promise.race([sent, late])
    return answer === 'late' ? { error: unknown('it did not answer in time'), passing: false } : judge(call, answer, connection)
  } catch (cause) {
    return { error: unknown(connectionFault(cause)), passing: true }
  } finally {
    cancel()
    abort.abort()
  }
}

function judge<T>(call: Call<T>, answer: Answer, { clock, serviceKey }: Connection): Outcome<T> {
  if (call.success.includes(answer.status)) {
    try {
      return { value: call.read(answer) }
    } catch (fault) {
      // The service refused inside of an answer of success, or the reader names the place that is malformed.
      if (fault instanceof SessionError) return { error: fault, passing: false }
      return { error: unknown(fault instanceof TypeError ? fault.message : 'its answer cannot be read'), passing: false }
    }
  }
  const asked = retryAfter(answer, clock)
  const refusal = reviveRefusal(answer.json, [serviceKey, ...call.secrets])
  if (refusal !== undefined && refusal.status === answer.status) {
    return {
      error: forCaller(refusal, call.options ?? [], asked),
      passing: refusal.code === 'STORE_UNAVAILABLE',
      ...pauseOf(asked ?? refusal.retryAfter),
    }
  }
  if (answer.status === 401 || answer.status === 403) return { error: keyRefused(answer.status), passing: false }
  // 0 is what browsers show of a redirect that was not followed.
  const redirected = answer.status === 0 || (answer.status >= 300 && answer.status < 400)
  return {
    error: unknown(redirected ? 'it answered with a redirect, which is never followed' : `it answered ${answer.status}`, asked),
    passing: answer.status === 502 || answer.status === 503 || answer.status === 504,
    ...pauseOf(asked),
  }
}

/** Seconds out of `Retry-After`, in both forms of RFC 9110 §10.2.3. */
function retryAfter(answer: Answer, clock: Clock): number | undefined {
  const text = answer.header('retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return isWait(Number(text)) ? Number(text) : undefined
  const seconds = Math.max(0, Math.ceil((Date.parse(text) - clock.now()) / 1_000))
  return isWait(seconds) ? seconds : undefined
}

function pauseOf(seconds: number | undefined): { readonly pause?: Millis } {
  return seconds === undefined ? {} : { pause: seconds * 1_000 }
}

/** The refusal in the caller's terms: places as they are called here, and the wait that stood beside it. */
function forCaller(error: SessionError, options: readonly string[], asked: number | undefined): SessionError {
  const { expired, renewable, reason, path, nonce, maxAge, acrValues, retryAfter: told = asked } = error
  return new SessionError(error.code, error.message, {
    ...(expired === undefined ? {} : { expired }),
    ...(renewable === undefined ? {} : { renewable }),
    ...(reason === undefined ? {} : { reason }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues === undefined ? {} : { acrValues }),
    ...(path === undefined ? {} : { path: options.includes(path) ? `options.${path}` : path }),
    ...(told === undefined ? {} : { retryAfter: told }),
    ...(nonce === undefined ? {} : { nonce }),
  })
}

function unknown(what: string, seconds = 1): SessionError {
  return new SessionError(
    'STORE_UNAVAILABLE',
    'The session service gave no usable answer, so nothing can be said about this session. Keep the token and try again.',
    { retryAfter: seconds, cause: new Error(`The session service: ${what}.`) },
  )
}

function keyRefused(status: number): SessionError {
  return new SessionError(
    'CONFIG_INVALID',
    `The session service refused the service key (${status}). Give createSessionClient the service key of that service; the admin key is another one.`,
    { path: 'serviceKey' },
  )
}

/**
 * Tells why there was no answer by its code (`ECONNREFUSED`) alone. The error itself is left behind: what a `fetch` puts into
 * its errors, the request with its key and tokens included, is not known here.
 */
function connectionFault(fault: unknown): string {
  const inner = fault instanceof Error ? (codeOf(fault.cause) ?? codeOf(fault)) : undefined
  return inner === undefined ? 'it could not be reached' : `it could not be reached (${inner})`
}

function codeOf(value: unknown): string | undefined {
  const code = typeof value === 'object' && value !== null && 'code' in value ? value.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,47}$/.test(code) ? code : undefined
}
