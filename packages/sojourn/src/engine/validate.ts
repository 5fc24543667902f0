import { sha256Bytes } from '../crypto/hash.js'
import { SessionError } from '../errors.js'
import { readContext } from '../input/context.js'
import { autoRenewal } from '../policy/renewal.js'
import { isStale } from '../policy/staleness.js'
import type { SessionContext } from '../session.js'
import type { SessionValidationResult, ValidateOptions } from '../sessions.js'
import { adopt } from './adopt.js'
import { confirm } from './confirm.js'
import { contextRefusal } from './context-refusal.js'
import type { Engine } from './engine.js'
import { examine, expiredRefusal, type Presented, type Refused } from './examine.js'
import { answerInGrace } from './grace.js'
import { guardRefusal } from './guard.js'
import { judgeGuess } from './guessing.js'
import { noteOf } from './note-of.js'
import { publish } from './publish.js'
import { refusals } from './refusals.js'
import { reissue } from './reissue.js'
import { renewPresented } from './renew.js'
import { publicId } from './row.js'
import { keptContext } from './same-context.js'
import { isUnavailable } from './sessions-here.js'
import { issuedView, viewOf } from './view.js'
import { forget, remember, validateUnchanged } from './warm.js'
import { closedRefusal } from './wrong-use.js'

interface Refusal {
  readonly error: SessionError
  readonly rowId?: string | undefined
  readonly userId?: string | undefined
}

async function refuse(engine: Engine, refusal: Refusal, ipAddress: string | undefined): Promise<SessionValidationResult> {
  const { rowId, userId } = refusal
  const error = await judgeGuess(engine, refusal, ipAddress)
  engine.metrics.count('sojourn_validations_total', 'result="refused"')
  engine.metrics.count('sojourn_validation_failures_total', `reason="${error.code}"`)
  // Each guess above the limit as an event of its own would fill the audit log at the guesser's pace.
  if (error.code === 'RATE_LIMITED') return { isValid: false, error }
  await publish(engine, {
    type: 'session.refused',
    reason: error.code,
    ipAddress,
    ...(rowId === undefined ? {} : { sessionId: publicId(rowId) }),
    ...(userId === undefined ? {} : { userId }),
  })
  return { isValid: false, error }
}

/** The session under a newer token, if the client needs one: because it is time, or because it still sends the old one. */
async function renewedOnTheWay(
  engine: Engine,
  presented: Presented,
  context: SessionContext,
): Promise<SessionValidationResult | undefined> {
  const { settings, clock } = engine
  const { record, row, ticket, standing } = presented
  // An access token renews nothing: who holds the refresh token does.
  if (!settings.renewal.auto || ticket.use === 'access' || engine.provisional?.isHere(row.id) === true) return undefined
  if (standing === 'grace') {
    const next = reissue(engine, record, ticket)
    if (next === undefined) return undefined
    const renewed = issuedView(engine, record, next)
    return { isValid: true, session: viewOf(settings, row.id, record, clock.now()), renewed }
  }
  if (!autoRenewal(settings, record, clock.now())) return undefined
  try {
    const renewed = await renewPresented(engine, presented, context)
    const { token: _token, ...session } = renewed
    return { isValid: true, session, renewed }
  } catch (error) {
    if (!(error instanceof SessionError)) throw error
    // A refusal (it was ended this very moment) is the answer; an outage leaves a session that is still good as it is.
    if (error.status === 401) return { isValid: false, error }
    engine.logger.warn({ sessionId: publicId(row.id), code: error.code }, 'a session was due for renewal but could not be renewed')
    return undefined
  }
}

/** The session under the token that takes the place of an older library's credential. */
function inPlaceOfOld(engine: Engine, { record, row, ticket, standing }: Presented): SessionValidationResult | undefined {
  const next = standing === 'current' ? ticket : reissue(engine, record, ticket)
  if (next === undefined) return undefined
  const renewed = issuedView(engine, record, next)
  return { isValid: true, session: viewOf(engine.settings, row.id, record, engine.clock.now()), renewed }
}

/** What the caller said of itself, or why that makes no sense: it may come from the client as it is, so it is no fault of ours. */
function readCaller(context: SessionContext | undefined): SessionContext | SessionError {
  try {
    return readContext(context).context
  } catch (error) {
    if (error instanceof SessionError) return error
    throw error
  }
}

/** What a token opens; where older libraries are configured, also a credential of theirs, which a token of ours takes the place of. */
async function open(
  engine: Engine,
  token: unknown,
  caller: SessionContext,
): Promise<{ readonly examined: Presented | Refused; readonly adopted?: string }> {
  const examined = await examine(engine, token)
  // A tenant sees its own sessions only, and an older library knows none.
  if (
    engine.legacy.length === 0 ||
    engine.scope !== undefined ||
    examined.kind === 'presented' ||
    examined.rowId !== undefined ||
    typeof token !== 'string'
  )
    return { examined }
  const adoption = await adopt(engine, token, caller)
  if (adoption?.kind !== 'adopted') return { examined: adoption ?? examined }
  return { examined: await examine(engine, adoption.token), adopted: adoption.token }
}

async function judge(
  engine: Engine,
  token: unknown,
  context: SessionContext | undefined,
  options: ValidateOptions,
): Promise<SessionValidationResult> {
  const unchanged = await validateUnchanged(engine, token, context, options)
  if (unchanged !== undefined) return unchanged
  const read = readCaller(context)
  if (read instanceof SessionError) return await refuse(engine, { error: read }, undefined)
  const caller = read
  const { examined, adopted } = await open(engine, token, caller)
  if (examined.kind === 'refused') {
    forget(engine, token)
    return await refuse(engine, examined, caller.ipAddress)
  }
  const { row, record } = examined
  const of = { rowId: row.id, userId: record.userId }
  const expired = await expiredRefusal(engine, row.id, record)
  if (expired !== undefined) return await refuse(engine, { error: expired, ...of }, caller.ipAddress)
  if (isStale(engine.settings, record, engine.clock.now()))
    return await refuse(engine, { error: refusals.stale(), ...of }, caller.ipAddress)
  if (examined.standing === 'unanswered') return await refuse(engine, { error: refusals.superseded(), ...of }, caller.ipAddress)
  const closed = adopted === undefined ? closedRefusal(engine, record, examined.ticket) : undefined
  if (closed !== undefined) return await refuse(engine, { error: closed, ...of }, caller.ipAddress)
  if (record.stage !== undefined && !(options.allow ?? []).includes(record.stage))
    return await refuse(engine, { error: refusals.unfinishedLogin(record.stage), ...of }, caller.ipAddress)
  const guarded = { token, presented: examined, proofs: options, isRenewal: false, ipAddress: caller.ipAddress }
  const unproved = await guardRefusal(engine, guarded)
  if (unproved !== undefined) return await refuse(engine, { error: unproved, ...of }, caller.ipAddress)
  const mismatch = await contextRefusal(engine, examined, caller)
  if (mismatch !== undefined) return await refuse(engine, { error: mismatch, ...of }, caller.ipAddress)

  // A credential of an older library does not show that the client holds its new token.
  if (adopted === undefined) await confirm(engine, examined)
  const now = engine.clock.now()
  const active = options.activity !== false
  const noted = noteOf(engine, row.id, record, caller, now)
  if (active) engine.activity.note(row.id, record.lastActivity, noted)
  const fresh = options.renew === false ? undefined : await renewedOnTheWay(engine, examined, caller)
  const renewed = fresh ?? (adopted === undefined || options.renew === false ? undefined : inPlaceOfOld(engine, examined))
  if (renewed !== undefined && !renewed.isValid) return await refuse(engine, { error: renewed.error, ...of }, caller.ipAddress)
  engine.metrics.count('sojourn_validations_total', 'result="accepted"')
  if (renewed === undefined && active) remember(engine, token, examined, context, noted)
  if (renewed === undefined && engine.grace !== undefined && typeof token === 'string')
    engine.grace.note(row, { tokenHash: sha256Bytes(token), context: keptContext(context), use: noted })
  return (
    renewed ?? { isValid: true, session: viewOf(engine.settings, row.id, active ? engine.activity.merge(row.id, record) : record, now) }
  )
}

/** Tells whether a token opens a session now, notes the use, and renews the token when it is time. */
export async function validate(
  engine: Engine,
  token: unknown,
  context?: SessionContext,
  options: ValidateOptions = {},
): Promise<SessionValidationResult> {
  try {
    return await judge(engine, token, context, options)
  } catch (error) {
    const answer = isUnavailable(error) ? await answerInGrace(engine, token, context, options) : undefined
    if (answer === undefined) throw error
    return answer.isValid ? answer : await refuse(engine, { error: answer.error }, undefined)
  }
}
