import type { Millis } from '../clock.js'
import { mac, sha256 } from '../crypto/hash.js'
import type { Settings } from '../settings.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { type LiveRecord, liveIn, type RevocationRecord } from './record.js'
import { SLOT_SLACK, slotAt, slotOwner } from './revocation-slot.js'
import { openKnown, publicId, sealRow } from './row.js'
import { isOutOfScope } from './scope.js'
import { subjectOf } from './subject-of.js'

/** Characters of a keyed hash: 192 bits. */
const TAIL = 32

/** What subjects are hashed with in the feed, so that it cannot be laid beside that of another installation. */
export function revocationSalt(engine: Pick<Engine, 'keys'>): string {
  return mac(engine.keys.pseudonym, 'revocations')
}

/** Writes an entry into the list of this minute; again if the write took so long that readers may be through with that list. */
async function note(engine: Engine, name: string, record: RevocationRecord, until: Millis): Promise<void> {
  for (;;) {
    const now = engine.clock.now()
    const slot = slotAt(now)
    const owner = slotOwner(engine.keys, slot)
    const id = owner.slice(0, 2) + mac(engine.keys.owner, 'revocation', String(slot), name).slice(0, TAIL)
    const row = sealRow(engine, { id, owner, version: 1, createdAt: now, expiresAt: until }, record)
    await ask(engine, (store) => store.insert(row, 'unkept'))
    if (engine.clock.now() - now < SLOT_SLACK / 2) return
  }
}

/** When the last token of a session is over, in whole seconds as tokens have them. */
function lastToken({ tokens: { accessLife } }: Settings, { pairSince, lifetimeEnd }: LiveRecord, now: Millis): Millis {
  // Of a session whose first tokens were single ones, a token of that kind may still be out.
  const end = pairSince === 1 ? Math.min(now + accessLife, lifetimeEnd) : lifetimeEnd
  return Math.ceil(end / 1_000) * 1_000
}

/**
 * Tells those who verify JWT tokens offline that a session ends, where that is configured. Called before the end is written: an entry too
 * many refuses a session that is about to end, one too few would let an ended one go on. Throws `STORE_UNAVAILABLE`.
 */
export async function noteEnd(engine: Engine, rowId: string): Promise<void> {
  if (engine.settings.tokens.feed === undefined) return
  const row = await ask(engine, (store) => store.reread(rowId))
  const opened = row === undefined ? undefined : await openKnown(engine, row)
  const record = opened === undefined || opened === 'broken' ? undefined : liveIn(opened)
  if (record === undefined || isOutOfScope(engine, record)) return
  const until = lastToken(engine.settings, record, engine.clock.now())
  if (until > engine.clock.now()) await note(engine, rowId, { kind: 'revocation', sid: publicId(rowId), exp: until / 1_000 }, until)
}

/** As whom the feed names a user. Undefined where there is no feed. */
export function feedSubject(engine: Engine, user: string): string | undefined {
  if (engine.settings.tokens.feed === undefined) return undefined
  return sha256(`${revocationSalt(engine)}.${subjectOf(engine, user)}`)
}

/**
 * The same for all logins before an instant: those of whom `feedSubject` names, or everybody's if it is undefined. Not for one
 * tenant, whose sessions end one by one: a token does not say its tenant.
 */
export async function noteLogins(engine: Engine, subject: string | undefined, before: Millis, except: string | undefined): Promise<void> {
  const { feed } = engine.settings.tokens
  if (feed === undefined) return
  const until = Math.ceil((engine.clock.now() + feed.longest) / 1_000) * 1_000
  const record: RevocationRecord = {
    kind: 'revocation',
    ...(subject === undefined ? {} : { subject }),
    // Downwards, as `auth_time` in tokens is: a login of this very second ends by its own entry.
    before: Math.floor(before / 1_000),
    ...(except === undefined ? {} : { except: publicId(except) }),
    exp: until / 1_000,
  }
  await note(engine, `${subject ?? ''} ${record.before} ${except ?? ''}`, record, until)
}
