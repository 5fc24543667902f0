import type { Millis } from '../clock.js'
import { sha256 } from '../crypto/hash.js'
import { SessionError } from '../errors.js'
import type { RevocationFeed, RevokedLogins, RevokedSession } from '../revocations.js'
import type { Row } from '../store/store.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { revocationSalt } from './note-revocation.js'
import { publicKeys } from './public-keys.js'
import type { RevocationRecord } from './record.js'
import { SLOT_SLACK, settledAt, slotAt, slotOwner } from './revocation-slot.js'
import { openKnown } from './row.js'

/** Reads the feed of this installation. */
export interface Revocations {
  /** `since`: the `next` of an answer of any node. Throws `INVALID_ARGUMENT` for what is none, and where there is no feed. */
  read(since?: string): Promise<RevocationFeed>
}

/** An answer may have been read from the store this long before its question: many verifiers cost the store as much as one. */
const REUSE: Millis = 1_000
/** Lists that are read at once. */
const WIDTH = 32
/** About 20 MiB. Whoever ends more within one life of a token is better served by introspection. */
const MAX_ENTRIES = 100_000
const CURSOR = /^\d{1,12}$/

type Entries = ReadonlyMap<string, RevocationRecord>

function tooMany(): SessionError {
  return new SessionError(
    'STORE_UNAVAILABLE',
    `More than ${MAX_ENTRIES} sessions have ended whose tokens are not over yet. Introspect tokens until there are fewer.`,
    { retryAfter: 60 },
  )
}

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
  /** Entries by slot, newest slot last; what was read of a slot that is settled is all there will be. */
  let known: ReadonlyMap<number, Entries> = new Map()
  let settled: ReadonlySet<number> = new Set()
  let looked = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined

  async function entryOf(row: Row): Promise<RevocationRecord> {
    const record = await openKnown(engine, row)
    if (record !== 'broken' && record.kind === 'revocation') return record
    // Leaving it out would let a session go on that has ended.
    throw new SessionError('STORE_UNAVAILABLE', 'An entry of the revocation feed does not open, so the feed cannot be vouched for.', {
      retryAfter: 60,
    })
  }
  async function readSlot(slot: number): Promise<Entries> {
    const before = known.get(slot)
    const rows = await ask(engine, (store) => store.list(slotOwner(engine.keys, slot)))
    if (rows.length > MAX_ENTRIES) throw tooMany()
    const entries = new Map<string, RevocationRecord>()
    for (const row of rows) entries.set(row.id, before?.get(row.id) ?? (await entryOf(row)))
    return entries
  }
  async function look(longest: Millis): Promise<void> {
    const begun = engine.clock.monotonic()
    // A key that was killed on another node is good no more.
    await ask(engine, () => engine.keys.fresh(REUSE))
    const now = engine.clock.now()
    const [first, last] = [slotAt(now - longest - SLOT_SLACK), slotAt(now + SLOT_SLACK)]
    const slots = Array.from({ length: last - first + 1 }, (_, index) => first + index)
    const next = new Map(slots.flatMap((slot) => (settled.has(slot) ? [[slot, known.get(slot) ?? new Map()] as const] : [])))
    const open = slots.filter((slot) => !settled.has(slot))
    for (let from = 0; from < open.length; from += WIDTH) {
      const part = open.slice(from, from + WIDTH)
      const read = await Promise.all(part.map(readSlot))
      for (const [index, slot] of part.entries()) next.set(slot, read[index] ?? new Map())
    }
    let count = 0
    for (const entries of next.values()) count += entries.size
    if (count > MAX_ENTRIES) throw tooMany()
    known = next
    settled = new Set(slots.filter((slot) => settledAt(slot) < now))
    looked = begun
  }
  async function fresh(longest: Millis): Promise<void> {
    const enough = engine.clock.monotonic() - REUSE
    // A look that somebody else began will do if it began late enough.
    while (looked < enough) {
      looking ??= look(longest).finally(() => {
        looking = undefined
      })
      await looking
    }
  }
  return Object.freeze({
    async read(since?: string): Promise<RevocationFeed> {
      const { feed } = engine.settings.tokens
      if (feed === undefined)
        throw new SessionError('INVALID_ARGUMENT', 'There is no revocation feed here; jwt.revocationFeed turns it on.')
      if (since !== undefined && (typeof since !== 'string' || !CURSOR.test(since)))
        throw new SessionError('INVALID_ARGUMENT', 'since: it must be the `next` of an answer before.', { path: 'since' })
      await fresh(feed.longest)
      const newest = [...known.keys()].find((one) => !settled.has(one)) ?? slotAt(engine.clock.now())
      const from = since === undefined ? 0 : Number(since)
      const entries = [...known].flatMap(([slot, found]) => (slot < from ? [] : [...found.values()]))
      return document(engine, entries, newest, feed.longest)
    },
  })
}
