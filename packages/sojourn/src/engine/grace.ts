import type { Millis } from '../clock.js'
import { sha256Bytes } from '../crypto/hash.js'
import { expiry } from '../policy/expiry.js'
import { isStale } from '../policy/staleness.js'
import type { SessionContext } from '../session.js'
import type { SessionValidationResult, ValidateOptions } from '../sessions.js'
import type { Row } from '../store/store.js'
import type { Use } from './activity.js'
import { endedMeanwhile } from './ended-meanwhile.js'
import type { Engine } from './engine.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { openRow } from './row.js'
import { countParts, NOTHING_TOLD, sameContext } from './same-context.js'
import { permissionsAt, viewOf } from './view.js'

/** What a validation has found. */
export interface Found {
  readonly tokenHash: string
  readonly context: SessionContext
  readonly use: Use
}

interface Remembered extends Found {
  readonly row: Row
  /** Monotonic. */
  readonly at: Millis
}

/** The sessions that this node has lately found good itself, for as long as the store may fall silent. */
export interface Grace {
  note(row: Row, found: Found): void
  /** Somebody changed it, or is about to: what was found does not count any more. */
  forget(rowId: string): void
  get(rowId: string): Remembered | undefined
}

/** As many as the memory before the store has; about 30 MiB. */
const MOST = 100_000

/** Remembers what was found within the last lease before an outage. */
export function grace({ clock, outage, settings }: Pick<Engine, 'clock' | 'outage' | 'settings'>): Grace {
  // The one noted last stands last.
  const notes = new Map<string, Remembered>()
  const prune = (now: Millis): void => {
    for (const [rowId, { at }] of notes) {
      const isOld = outage.state().kind === 'answering' && now - at > settings.lease
      if (!isOld && notes.size <= MOST) return
      notes.delete(rowId)
    }
  }
  return Object.freeze({
    note(row: Row, { tokenHash, context, use }: Found): void {
      const at = clock.monotonic()
      notes.delete(row.id)
      notes.set(row.id, { row, tokenHash, context, use, at })
      prune(at)
    },
    forget(rowId: string): void {
      notes.delete(rowId)
    },
    get: (rowId: string) => notes.get(rowId),
  })
}

/** Whether a session was as plain as one must be that nobody can be asked about. */
function isPlain(engine: Engine, record: LiveRecord, now: Millis): boolean {
  if (record.stage !== undefined || record.cnf !== undefined || record.boundTo !== undefined || record.challenged !== undefined)
    return false
  return permissionsAt(engine.settings, record, now).length === record.permissions.length
}

/**
 * The answer of a validation while the store is silent, from what this node itself found at most a lease before. Undefined
 * where it must not be given; then nobody can tell. Its price: an end that was made where the store still answers is not
 * known here. Decision 0023.
 */
export async function answerInGrace(
  engine: Engine,
  token: unknown,
  context: SessionContext | undefined,
  options: ValidateOptions | undefined,
): Promise<SessionValidationResult | undefined> {
  const { settings, outage } = engine
  const { kind } = outage.state()
  // Only where the store itself does not answer: a lease that was lost alone is no outage.
  if (
    engine.grace === undefined ||
    engine.scope !== undefined ||
    (kind !== 'doubtful' && kind !== 'silent') ||
    outage.silentFor() >= settings.outageGrace
  )
    return undefined
  const ticket = engine.tickets.decode(token)
  const known = typeof ticket === 'string' ? undefined : engine.grace.get(ticket.rowId)
  if (typeof ticket === 'string' || typeof token !== 'string' || known === undefined) return undefined
  if (outage.before(known.at) > settings.lease || sha256Bytes(token) !== known.tokenHash || options?.dpop !== undefined) return undefined
  const now = engine.clock.now()
  const { row } = known
  const stored = await openRow(engine, row)
  if (typeof stored === 'string' || stored.kind !== 'session') return undefined
  const ended = endedMeanwhile(engine, row, stored)
  if (ended !== undefined) return { isValid: false, error: refusals.ended(ended) }
  if (ticket.expires !== undefined && ticket.expires * 1_000 <= now) return undefined
  if (!sameContext(known.context, countParts(known.context), context ?? NOTHING_TOLD) || !isPlain(engine, stored, now)) return undefined
  const record = engine.activity.merge(row.id, stored)
  if (expiry(settings, record, now) !== undefined || isStale(settings, record, now)) return undefined
  if (options?.activity !== false) engine.activity.note(row.id, record.lastActivity, { ...known.use, at: now })
  engine.metrics.count('sojourn_outage_accepted_total')
  return { isValid: true, session: viewOf(settings, row.id, engine.activity.merge(row.id, stored), now) }
}
