import type { CancelTimer, Clock, Millis } from '../clock.js'
import type { FetchJson } from './fetch-json.js'
import { type KnownRevocations, knownFeed } from './known-feed.js'
import { readFeed } from './read-feed.js'

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

export function feedReader({ url, serviceKey, issuer, interval, get, clock }: FeedReaderOptions): FeedReader {
  const feeds = knownFeed(clock)
  let heard = Number.NEGATIVE_INFINITY
  let etag: string | null = null
  let asking: Promise<void> | undefined
  let timer: CancelTimer | undefined
  let fault: string | undefined
  let closed = false

  async function exchange(): Promise<void> {
    const begun = clock.monotonic()
    const asked = feeds.since()
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
      const isTaken = feeds.take(feed, asked)
      if (isTaken) heard = begun
      // An unchanged answer is one to the same question.
      etag = isTaken && feeds.since() === asked ? answer.etag : null
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
    known: feeds.known,
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
