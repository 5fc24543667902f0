import { sha256 } from '../crypto/hash.js'
import type { RevocationFeed, RevokedLogins } from '../revocations.js'

/** Entries of the feed, put together of all its answers. */
export interface Revoked {
  add(feed: RevocationFeed): void
  /** Lets go of what no token can be about any more; `now` in seconds. */
  forget(now: number): void
  /** Whether this session, or this login, was ended. */
  has(salt: string, sid: string, sub: string, authTime: number): boolean
}

/** Everybody, in the place of a hashed subject. */
const EVERYBODY = ''

export function revoked(): Revoked {
  const sessions = new Map<string, number>()
  const logins = new Map<string, Map<string, RevokedLogins>>()
  const hits = (subject: string, sid: string, authTime: number): boolean =>
    [...(logins.get(subject)?.values() ?? [])].some(({ before, except }) => authTime < before && except !== sid)

  return Object.freeze({
    add(feed: RevocationFeed): void {
      for (const { sid, exp } of feed.sessions) sessions.set(sid, exp)
      for (const entry of feed.logins) {
        const subject = entry.subject ?? EVERYBODY
        const entries = logins.get(subject) ?? new Map<string, RevokedLogins>()
        entries.set(`${entry.before} ${entry.except ?? ''}`, entry)
        logins.set(subject, entries)
      }
    },
    forget(now: number): void {
      for (const [sid, exp] of sessions) if (exp < now) sessions.delete(sid)
      for (const [subject, entries] of logins) {
        for (const [name, { exp }] of entries) if (exp < now) entries.delete(name)
        if (entries.size === 0) logins.delete(subject)
      }
    },
    has: (salt: string, sid: string, sub: string, authTime: number) =>
      sessions.has(sid) || hits(EVERYBODY, sid, authTime) || (logins.size > 0 && hits(sha256(`${salt}.${sub}`), sid, authTime)),
  })
}
