import type { Clock } from '../clock.js'
import type { RevocationFeed } from '../revocations.js'
import { revoked } from './revoked.js'

/** What the feed has told so far. */
export interface KnownRevocations {
  readonly maxLifetime: number
  isKeyGood(kid: string): boolean
  /** Whether this session, or this login, was ended. */
  isRevoked(sid: string, sub: string, authTime: number): boolean
}

/** All answers of one feed, put together: each begins where the one before it ended, so that nothing is missing between two. */
export interface KnownFeed {
  /** Where the next part begins; undefined while the whole feed is needed. */
  since(): string | undefined
  /**
   * Takes in what was answered to a question for all `since` then. False if it is a part of another feed than the one that is
   * known: what is known stays, and the whole is needed.
   */
  take(feed: RevocationFeed, since: string | undefined): boolean
  /** Undefined before the first answer. */
  known(): KnownRevocations | undefined
}

/** Seconds for which an entry is kept beyond its end: a token that this clock still takes must find it. */
const KEPT_LONGER = 60

export function knownFeed(clock: Clock): KnownFeed {
  const entries = revoked()
  let newest: RevocationFeed | undefined
  let keys: ReadonlySet<string> = new Set()
  let next: string | undefined

  return Object.freeze({
    since: () => next,
    take(feed: RevocationFeed, since: string | undefined): boolean {
      if (since !== undefined && feed.salt !== newest?.salt) {
        // Another installation, or one that lost its keys: a part of its feed is not enough.
        next = undefined
        return false
      }
      entries.forget(Math.floor(clock.now() / 1_000) - KEPT_LONGER)
      entries.add(feed)
      next = feed.next
      newest = feed
      keys = new Set(feed.keys)
      return true
    },
    known(): KnownRevocations | undefined {
      const feed = newest
      if (feed === undefined) return undefined
      return {
        maxLifetime: feed.maxLifetime,
        isKeyGood: (kid) => keys.has(kid),
        isRevoked: (sid, sub, authTime) => entries.has(feed.salt, sid, sub, authTime),
      }
    },
  })
}
