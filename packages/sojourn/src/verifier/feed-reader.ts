import type { CancelTimer, Clock, Millis } from '../clock.js'
import type { RevocationFeed } from '../revocations.js'
import type { FetchJson } from './fetch-json.js'
import { revoked } from './revoked.js'

/** What the feed has told so far. */
export interface KnownRevocations {
  readonly maxLifetime: number
  isKeyGood(kid: string): boolean
  /** Whether this session, or this login, was ended. */
  isRevoked(sid: string, sub: string, authTime: number): boolean
}

export interface FeedReader {
  known(): KnownRevocations | undefined
  /** Since the question was sent whose answer is the newest one; infinite before the first. By this machine's monotonic clock: no two clocks are compared. */
  age(): Millis
  /** Why it was not heard. Holds no key and no address. */
  fault(): string
  /** Asks now, or joins the question that is under way. Never rejects. */
  ask(): Promise<void>
  /** Asks now and again and again. */
  follow(): void
  close(): void
}

export interface FeedReaderOptions {
  readonly url: string
  readonly serviceKey: string
  readonly issuer: string
  readonly interval: Millis
  readonly get: FetchJson
  readonly clock: Clock
}

const isSeconds = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isOptionalText = (value: unknown): boolean => value === undefined || typeof value === 'string'
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

/** A document that is the feed of this issuer, every part of it; anything else is no answer. */
function readFeed(value: unknown, issuer: string): RevocationFeed | undefined {
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

/** Seconds for which an entry is kept beyond its end: a token that this clock still takes must find it. */
const KEPT_LONGER = 60

export function feedReader({ url, serviceKey, issuer, interval, get, clock }: FeedReaderOptions): FeedReader {
  const entries = revoked()
  let newest: RevocationFeed | undefined
  let keys: ReadonlySet<string> = new Set()
  let heard = Number.NEGATIVE_INFINITY
  let etag: string | null = null
  let since: string | undefined
  let asking: Promise<void> | undefined
  let timer: CancelTimer | undefined
  let fault: string | undefined
  let closed = false

  function take(feed: RevocationFeed): void {
    entries.forget(Math.floor(clock.now() / 1_000) - KEPT_LONGER)
    entries.add(feed)
    since = feed.next
    newest = feed
    keys = new Set(feed.keys)
  }
  async function exchange(): Promise<void> {
    const begun = clock.monotonic()
    const asked = since
    const address = asked === undefined ? url : `${url}?since=${asked}`
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${serviceKey}`,
      ...(etag === null ? {} : { 'if-none-match': etag }),
    }
    try {
      const answer = await get(address, headers)
      if (answer.status === 304 && etag !== null) heard = begun
      const feed = answer.status === 200 ? readFeed(answer.json, issuer) : undefined
      fault = feed === undefined && answer.status !== 304 ? `The feed of revocations answered ${answer.status}.` : undefined
      if (feed === undefined) return
      if (asked !== undefined && feed.salt !== newest?.salt) {
        // Another installation, or one that lost its keys: a part of its feed is not enough.
        since = undefined
        etag = null
        return
      }
      take(feed)
      heard = begun
      // An unchanged answer is one to the same question.
      etag = since === asked ? answer.etag : null
    } catch {
      // What is known grows older; that it is too old is told when somebody needs it. The cause may hold the key.
      fault = 'The feed of revocations could not be had.'
    }
  }
  function ask(): Promise<void> {
    if (closed) return Promise.resolve()
    asking ??= exchange().finally(() => {
      asking = undefined
    })
    return asking
  }
  function follow(): void {
    void ask().then(() => {
      if (!closed) timer = clock.after(interval, follow)
    })
  }
  return Object.freeze({
    known(): KnownRevocations | undefined {
      const feed = newest
      if (feed === undefined) return undefined
      return {
        maxLifetime: feed.maxLifetime,
        isKeyGood: (kid) => keys.has(kid),
        isRevoked: (sid, sub, authTime) => entries.has(feed.salt, sid, sub, authTime),
      }
    },
    age: () => (closed ? Number.POSITIVE_INFINITY : clock.monotonic() - heard),
    fault: () => (closed ? 'The verifier has been closed.' : (fault ?? 'The feed of revocations has not been heard lately.')),
    ask,
    follow,
    close(): void {
      closed = true
      timer?.()
    },
  })
}
