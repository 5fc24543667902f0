import type { Millis } from '../clock.js'
import { sha256Bytes } from '../crypto/hash.js'
import { effectiveEnds, limitsOf } from '../policy/lifetime.js'
import { autoRenewalFrom } from '../policy/renewal.js'
import type { Session, SessionContext } from '../session.js'
import type { SessionValidationResult, ValidateOptions } from '../sessions.js'
import type { Row } from '../store/store.js'
import { ROW_ID_LENGTH, TOKEN_LENGTH } from '../token/ticket.js'
import type { Use } from './activity.js'
import { ask } from './ask.js'
import type { Attached } from './attached.js'
import type { Engine } from './engine.js'
import type { Presented } from './examine.js'
import type { LiveRecord } from './record.js'
import { countParts, keptContext, NOTHING_TOLD, sameContext } from './same-context.js'
import { viewOf } from './view.js'

/** What a validation found out about a row, and can be said again while the row, the token and the caller are the same. */
interface Finding {
  /** Hash of the whole token that was proved: not the token itself, and a comparison of hashes tells a guesser nothing. */
  readonly tokenHash: string
  readonly context: SessionContext
  /** How many parts the context has. */
  readonly parts: number
  /** What is noted of each use. */
  readonly use: Use
  readonly shown: Shown
  /** By the places below. In one list, since each number of this size that is a field of an object takes an object of its own. */
  readonly instants: Instants
}

type Instants = [
  created: Millis,
  expires: Millis,
  absolute: Millis,
  authenticated: Millis,
  elevated: Millis,
  until: Millis,
  idle: Millis,
  lastActivity: Millis,
]

/** What is shown of a session, but for its dates. */
type Shown = Omit<
  Session,
  'createdAt' | 'expiresAt' | 'idleExpiresAt' | 'absoluteExpiresAt' | 'lastActivity' | 'authTime' | 'elevatedUntil'
>

const CREATED = 0
const EXPIRES = 1
const ABSOLUTE = 2
const AUTHENTICATED = 3
/** 0 for never. */
const ELEVATED = 4
/** From this instant on the judgement may be another one: an end, a renewal that is due, rights that run out. */
const UNTIL = 5
/** How long it may go unused. */
const IDLE = 6
/** Not before this instant: a clock that runs backwards is looked at again. */
const LAST_ACTIVITY = 7

/** Findings by their row. A row that was changed is another object, so nothing has to be forgotten. */
export type Findings = Attached<Row, Finding>

/** The instant from which on this judgement does not hold, whatever is done until then. */
function horizon(engine: Engine, record: LiveRecord): Millis {
  const { expires } = effectiveEnds(engine.settings, record)
  const renewalDue = autoRenewalFrom(engine.settings, record)
  const elevationEnds = record.elevation?.until ?? Number.POSITIVE_INFINITY
  const stale = record.authTime + limitsOf(engine.settings, record).reauthAfter
  return Math.min(expires, renewalDue, elevationEnds, stale)
}

/** Lists are handed out to many, and so must not be changed by any. */
const fixed = (list: readonly string[]): readonly string[] => (Object.isFrozen(list) ? list : Object.freeze([...list]))

function shownOf(view: Session, record: LiveRecord): Shown {
  // The record's own lists, where they are what is shown: sessions with the same rights share them.
  const isLasting = view.elevatedUntil === undefined
  const shown: { -readonly [Field in keyof Shown]: Shown[Field] } = {
    id: view.id,
    userId: view.userId,
    kind: view.kind,
    context: view.context,
    permissions: fixed(isLasting ? record.permissions : view.permissions),
    roles: fixed(record.roles),
    rememberMe: view.rememberMe,
    renewals: view.renewals,
    tenant: view.tenant,
    data: view.data,
    status: view.status,
  }
  if (view.device !== undefined) shown.device = view.device
  if (record.amr !== undefined) shown.amr = fixed(record.amr)
  if (view.acr !== undefined) shown.acr = view.acr
  if (view.actor !== undefined) shown.actor = view.actor
  return shown
}

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
  const view = viewOf(engine.settings, row.id, record, now)
  engine.findings.set(row, {
    tokenHash: sha256Bytes(token),
    context: keptContext(caller),
    parts: caller === undefined ? 0 : countParts(caller),
    use,
    shown: shownOf(view, record),
    instants: [
      view.createdAt.getTime(),
      view.expiresAt.getTime(),
      view.absoluteExpiresAt.getTime(),
      view.authTime.getTime(),
      view.elevatedUntil?.getTime() ?? 0,
      until,
      idle,
      lastActivity,
    ],
  })
}

/**
 * What was found of a token counts no more once it was judged anew and refused: its row may be unchanged, and what refuses it stand elsewhere.
 * Whoever guesses at a session's token makes nobody forget anything.
 */
export function forget(engine: Engine, token: unknown): void {
  if (typeof token !== 'string' || token.length !== TOKEN_LENGTH) return
  const row = engine.store.recall(token.slice(0, ROW_ID_LENGTH))
  if (row !== undefined && engine.findings.get(row)?.tokenHash === sha256Bytes(token)) engine.findings.delete(row)
}

/**
 * A view of its own for each caller: dates can be changed by whoever holds them. Written out, since this is a large part of the
 * work. What is bound to a key has no finding, so nothing of that is missing here.
 */
function viewAt({ shown, instants }: Finding): Session {
  const lastActivity = instants[LAST_ACTIVITY]
  const session: { -readonly [Field in keyof Session]: Session[Field] } = {
    id: shown.id,
    userId: shown.userId,
    kind: shown.kind,
    createdAt: new Date(instants[CREATED]),
    expiresAt: new Date(instants[EXPIRES]),
    idleExpiresAt: new Date(lastActivity + instants[IDLE]),
    absoluteExpiresAt: new Date(instants[ABSOLUTE]),
    lastActivity: new Date(lastActivity),
    authTime: new Date(instants[AUTHENTICATED]),
    context: shown.context,
    permissions: shown.permissions,
    roles: shown.roles,
    rememberMe: shown.rememberMe,
    renewals: shown.renewals,
    tenant: shown.tenant,
    data: shown.data,
    status: shown.status,
  }
  if (shown.device !== undefined) session.device = shown.device
  if (shown.amr !== undefined) session.amr = shown.amr
  if (shown.acr !== undefined) session.acr = shown.acr
  if (shown.actor !== undefined) session.actor = shown.actor
  if (instants[ELEVATED] > 0) session.elevatedUntil = new Date(instants[ELEVATED])
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
  now: Millis,
): SessionValidationResult | undefined {
  if (!sameContext(finding.context, finding.parts, context ?? NOTHING_TOLD)) return undefined
  const { instants } = finding
  const lastActivity = instants[LAST_ACTIVITY]
  if (now >= instants[UNTIL] || now < lastActivity || now - lastActivity >= instants[IDLE]) return undefined
  // An end that waits for the store may be meant for it: that is looked into elsewhere.
  if (tokenHash !== finding.tokenHash || engine.unfinished.count() > 0) return undefined
  if (options?.activity !== false) {
    engine.activity.note(row.id, lastActivity, finding.use, now)
    instants[LAST_ACTIVITY] = now
  }
  engine.grace?.note(row, finding)
  engine.metrics.validated()
  return { isValid: true, session: viewAt(finding) }
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
  const tokenHash = sha256Bytes(token)
  // Once for the lease and for the limits of the session: four readings of a clock are more than the look-up.
  const reading = engine.clock.read()
  // Whose row it is will be proved by the hash of the token, which the id is a part of.
  const row = engine.store.candidate(rowId, reading)
  const finding = row === undefined ? undefined : engine.findings.get(row)
  if (row === undefined || finding === undefined) return undefined
  return again(engine, row, finding, tokenHash, context, options, engine.clock.at(reading))
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
  const tokenHash = sha256Bytes(token)
  const row = engine.store.recall(token.slice(0, ROW_ID_LENGTH))
  const finding = row === undefined ? undefined : engine.findings.get(row)
  if (row === undefined || finding?.tokenHash !== tokenHash) return undefined
  // By the row's own text, since it may be read into memory under it: that of the token would keep the token there.
  const stored = await ask(engine, (store) => store.get(row.id))
  // After the read: an older store may have taken the place of the one that was asked while that was under way.
  await engine.highWater?.settled()
  return stored === row ? again(engine, row, finding, tokenHash, context, options, engine.clock.now()) : undefined
}
