import type { Millis } from '../clock.js'
import { sha256 } from '../crypto/hash.js'
import { effectiveEnds, limitsOf } from '../policy/lifetime.js'
import { autoRenewalFrom } from '../policy/renewal.js'
import type { Session, SessionContext, SessionValidationResult, ValidateOptions } from '../sessions.js'
import type { Row } from '../store/store.js'
import { ROW_ID_LENGTH, TOKEN_LENGTH } from '../token/ticket.js'
import type { Use } from './activity.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import type { Presented } from './examine.js'
import type { LiveRecord } from './record.js'
import { countParts, keptContext, NOTHING_TOLD, sameContext } from './same-context.js'
import { viewOf } from './view.js'

/** What a validation found out about a row, and can be said again while the row, the token and the caller are the same. */
interface Finding {
  /** Hash of the whole token that was proved: not the token itself, and a comparison of hashes tells a guesser nothing. */
  readonly tokenHash: string
  readonly record: LiveRecord
  readonly context: SessionContext
  /** How many parts the context has. */
  readonly parts: number
  /** What is noted of each use. */
  readonly use: Use
  readonly view: Session
  readonly instants: {
    readonly createdAt: Millis
    readonly expiresAt: Millis
    readonly absoluteExpiresAt: Millis
    readonly authTime: Millis
    readonly elevatedUntil: Millis | undefined
  }
  /** From this instant on the judgement may be another one: an end, a renewal that is due, rights that run out. */
  readonly until: Millis
  readonly idle: Millis
  /** Not before this instant: a clock that runs backwards is looked at again. */
  lastActivity: Millis
}

/** Findings by their row. A row that was changed is another object, so nothing has to be forgotten. */
export type Findings = WeakMap<Row, Finding>

/** The instant from which on this judgement does not hold, whatever is done until then. */
function horizon(engine: Engine, record: LiveRecord): Millis {
  const { expires } = effectiveEnds(engine.settings, record)
  const renewalDue = autoRenewalFrom(engine.settings, record)
  const elevationEnds = record.elevation?.until ?? Number.POSITIVE_INFINITY
  const stale = record.authTime + limitsOf(engine.settings, record).reauthAfter
  return Math.min(expires, renewalDue, elevationEnds, stale)
}

/** Lists are handed out to many, and so must not be changed by any. */
const frozenLists = (view: Session): Session => ({
  ...view,
  permissions: Object.freeze(view.permissions),
  roles: Object.freeze(view.roles),
  ...(view.amr === undefined ? {} : { amr: Object.freeze(view.amr) }),
})

/** Keeps what a validation has found, if the row is one that memory may answer for. `caller` is what was given, `use` what was noted of it. */
export function remember(engine: Engine, token: unknown, presented: Presented, caller: SessionContext | undefined, use: Use): void {
  const { row, record, standing } = presented
  if (typeof token !== 'string' || token.length !== TOKEN_LENGTH || standing !== 'current' || !record.confirmed) return
  // An access token has an end of its own.
  if (presented.ticket.use === 'access') return
  // What is bound to a key is proved each time.
  if (record.cnf !== undefined || record.boundTo !== undefined) return
  // Accepted because this caller allowed it; the next one may not (GHSA-xg6x-h9c9-2m83).
  if (record.stage !== undefined) return
  if (engine.store.recall(row.id) !== row) return
  const now = engine.clock.now()
  const until = horizon(engine, record)
  if (until <= now) return
  const { lastActivity } = engine.activity.merge(row.id, record)
  const idle = effectiveEnds(engine.settings, record).idle - record.lastActivity
  const view = frozenLists(viewOf(engine.settings, row.id, record, now))
  engine.findings.set(row, {
    tokenHash: sha256(token),
    record,
    context: keptContext(caller),
    parts: caller === undefined ? 0 : countParts(caller),
    use,
    view,
    instants: {
      createdAt: view.createdAt.getTime(),
      expiresAt: view.expiresAt.getTime(),
      absoluteExpiresAt: view.absoluteExpiresAt.getTime(),
      authTime: view.authTime.getTime(),
      elevatedUntil: view.elevatedUntil?.getTime(),
    },
    until,
    idle,
    lastActivity,
  })
}

/**
 * A view of its own for each caller: dates can be changed by whoever holds them. Written out, since this is a large part of the
 * work. What is bound to a key has no finding, so nothing of that is missing here.
 */
function viewAt({ view, instants, idle }: Finding, lastActivity: Millis): Session {
  const session: { -readonly [Field in keyof Session]: Session[Field] } = {
    id: view.id,
    userId: view.userId,
    kind: view.kind,
    createdAt: new Date(instants.createdAt),
    expiresAt: new Date(instants.expiresAt),
    idleExpiresAt: new Date(lastActivity + idle),
    absoluteExpiresAt: new Date(instants.absoluteExpiresAt),
    lastActivity: new Date(lastActivity),
    authTime: new Date(instants.authTime),
    context: view.context,
    permissions: view.permissions,
    roles: view.roles,
    rememberMe: view.rememberMe,
    renewals: view.renewals,
    tenant: view.tenant,
    data: view.data,
    status: view.status,
  }
  if (view.device !== undefined) session.device = view.device
  if (view.amr !== undefined) session.amr = view.amr
  if (view.acr !== undefined) session.acr = view.acr
  if (view.actor !== undefined) session.actor = view.actor
  if (instants.elevatedUntil !== undefined) session.elevatedUntil = new Date(instants.elevatedUntil)
  return session
}

/** The answer that was found of this very row, if it is still the same and this is the same token and caller. Undefined wherever it is not plain. */
function again(
  engine: Engine,
  row: Row,
  finding: Finding,
  tokenHash: string,
  context: SessionContext | undefined,
  options: ValidateOptions | undefined,
): SessionValidationResult | undefined {
  if (!sameContext(finding.context, finding.parts, context ?? NOTHING_TOLD)) return undefined
  const now = engine.clock.now()
  if (now >= finding.until || now < finding.lastActivity || now - finding.lastActivity >= finding.idle) return undefined
  // An end that waits for the store may be meant for it: that is looked into elsewhere.
  if (tokenHash !== finding.tokenHash || engine.unfinished.count() > 0) return undefined
  if (options?.activity !== false) {
    engine.activity.note(row.id, finding, finding.use, now)
    finding.lastActivity = now
  }
  engine.grace?.note(row, finding)
  engine.metrics.validated()
  return { isValid: true, session: viewAt(finding, finding.lastActivity) }
}

/**
 * The answer of a validation without asking anybody: no store, no promise, nothing opened or parsed. Undefined wherever it is
 * not plain; then `validate` judges. It accepts nothing that `validate` has not accepted before of this very row.
 */
export function validateWarm(
  engine: Engine,
  token: unknown,
  context: SessionContext | undefined,
  options: ValidateOptions | undefined,
): SessionValidationResult | undefined {
  if (typeof token !== 'string' || token.length !== TOKEN_LENGTH || options?.dpop !== undefined) return undefined
  const rowId = token.slice(0, ROW_ID_LENGTH)
  // Before anything is looked up: a guess for the public id of a session must not take longer because that session is in memory.
  const tokenHash = sha256(token)
  const row = engine.store.peek(rowId)
  const finding = row === undefined ? undefined : engine.findings.get(row)
  return row === undefined || finding === undefined ? undefined : again(engine, row, finding, tokenHash, context, options)
}

/**
 * The same for a row of which memory must not say that it still stands: the store is asked, once, and if it answers the very row that the
 * finding is of, nothing is opened and judged again. Undefined wherever it is not plain. Only a token that was proved before gets as far as the store.
 */
export async function validateUnchanged(
  engine: Engine,
  token: unknown,
  context: SessionContext | undefined,
  options: ValidateOptions,
): Promise<SessionValidationResult | undefined> {
  // Where a session may have ended with all others of its user and its row does not say so, more has to be asked.
  if (engine.scope !== undefined || engine.readsNotBefore || options.dpop !== undefined) return undefined
  if (typeof token !== 'string' || token.length !== TOKEN_LENGTH) return undefined
  const rowId = token.slice(0, ROW_ID_LENGTH)
  const tokenHash = sha256(token)
  const row = engine.store.recall(rowId)
  const finding = row === undefined ? undefined : engine.findings.get(row)
  if (row === undefined || finding?.tokenHash !== tokenHash) return undefined
  const stored = await ask(engine, (store) => store.get(rowId))
  // After the read: an older store may have taken the place of the one that was asked while that was under way.
  await engine.highWater?.settled()
  return stored === row ? again(engine, row, finding, tokenHash, context, options) : undefined
}
