import type { Millis } from '../clock.js'
import { sha256 } from '../crypto/hash.js'
import { SessionError } from '../errors.js'
import type { RevocationFeed, RevokedLogins, RevokedSession } from '../revocations.js'
import type { Engine } from './engine.js'
import { revocationSalt } from './note-revocation.js'
import { publicKeys } from './public-keys.js'
import type { RevocationRecord } from './record.js'
import { revocationSlots } from './revocation-slots.js'

/** Reads the feed of this installation. */
export interface Revocations {
  /** `since`: the `next` of an answer of any node. Throws `INVALID_ARGUMENT` for what is none, and where there is no feed. */
  read(since?: string): Promise<RevocationFeed>
}

const CURSOR = /^\d{1,12}$/

/** The answer, with what may still matter of these entries. */
function document(engine: Engine, entries: readonly RevocationRecord[], next: number, longest: Millis): RevocationFeed {
  const now = Math.floor(engine.clock.now() / 1_000)
  const sessions = new Map<string, RevokedSession>()
  const logins: RevokedLogins[] = []
  for (const { exp, sid, before, subject, except } of entries) {
    if (exp < now) continue
    if (sid !== undefined) sessions.set(sid, { sid, exp })
    if (before !== undefined)
      logins.push({ ...(subject === undefined ? {} : { subject }), before, ...(except === undefined ? {} : { except }), exp })
  }
  const feed: Omit<RevocationFeed, 'version'> = {
    issuer: engine.settings.tokens.jwt?.issuer ?? '',
    // Rounded up as the ends of tokens are, which begin at whole seconds.
    maxLifetime: Math.ceil(longest / 1_000) + 1,
    keys: publicKeys(engine).map(({ kid }) => kid),
    salt: revocationSalt(engine),
    sessions: [...sessions.values()],
    logins,
    next: String(next),
  }
  return { ...feed, version: sha256(JSON.stringify(feed)) }
}

export function revocations(engine: Engine): Revocations {
  const { feed } = engine.settings.tokens
  const slots = feed === undefined ? undefined : revocationSlots(engine, feed.longest)
  return Object.freeze({
    async read(since?: string): Promise<RevocationFeed> {
      if (feed === undefined || slots === undefined)
        throw new SessionError('INVALID_ARGUMENT', 'There is no revocation feed here; jwt.revocationFeed turns it on.')
      if (since !== undefined && (typeof since !== 'string' || !CURSOR.test(since)))
        throw new SessionError('INVALID_ARGUMENT', 'since: it must be the `next` of an answer before.', { path: 'since' })
      await slots.fresh()
      const entries = slots.entriesFrom(since === undefined ? 0 : Number(since))
      return document(engine, entries, slots.newest(), feed.longest)
    },
  })
}
