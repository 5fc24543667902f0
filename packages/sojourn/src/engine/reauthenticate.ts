import type { Millis } from '../clock.js'
import { readContext } from '../input/context.js'
import { type ReadReauthenticateOptions, readReauthenticateOptions } from '../input/reauthenticate-options.js'
import { limitsOf } from '../policy/lifetime.js'
import type { IssuedSession, SessionContext } from '../session.js'
import { persist } from './ask.js'
import { editUnderNewToken } from './edit-presented.js'
import { endEverywhere } from './end-row.js'
import type { Engine } from './engine.js'
import { examine, expiredRefusal, type Presented } from './examine.js'
import { reached } from './level.js'
import { keepWithinLimit } from './limit.js'
import { drawSecret } from './new-token.js'
import { checkNotBefore } from './not-before.js'
import { publish } from './publish.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { publicId } from './row.js'
import { ownTenant } from './scope.js'
import { issuedView } from './view.js'
import { closedRefusal } from './wrong-use.js'

/** What a record holds on to only until its user proves again who they are, or because of how they did it the last time. */
function withoutFormerProof(record: LiveRecord): LiveRecord {
  const { stage: _stage, acr: _acr, amr: _amr, elevation: _elevation, grants: _grants, challenged: _challenged, ...rest } = record
  return rest
}

/** What belongs to one tenant does not come along to another. */
function inTenant(record: LiveRecord, tenant: string | undefined): LiveRecord {
  if (tenant === undefined || tenant === record.tenant) return record
  return { ...record, tenant, roles: [], permissions: [], data: {} }
}

function provenAgain(
  engine: Engine,
  stored: LiveRecord,
  wanted: ReadReauthenticateOptions,
  context: SessionContext,
  now: Millis,
): LiveRecord {
  const { authTime, tenant, ...given } = wanted
  const record: LiveRecord = { ...inTenant(withoutFormerProof(stored), tenant), ...given }
  const limits = limitsOf(engine.settings, record)
  const durationEnd = now + limits.duration
  const absoluteEnd = authTime + limits.absolute
  return {
    ...record,
    authTime,
    startedAt: now,
    lifetimeEnd: Math.min(now + limits.lifetime, durationEnd, absoluteEnd),
    durationEnd,
    absoluteEnd,
    lastActivity: Math.max(stored.lastActivity, now),
    renewals: 0,
    context: { ...stored.context, ...context },
  }
}

async function present(engine: Engine, token: unknown): Promise<Presented> {
  const examined = await persist(engine, 're-authenticate', () => examine(engine, token))
  if (examined.kind === 'refused') throw examined.error
  // Somebody else owns what comes out of a login, so it is another session: see `replaces`.
  if (examined.record.stage === 'anonymous') throw refusals.unfinishedLogin('anonymous')
  const expired = await expiredRefusal(engine, examined.row.id, examined.record)
  if (expired !== undefined) throw expired
  if (examined.standing === 'unanswered') throw refusals.superseded()
  const closed = closedRefusal(engine, examined.record, examined.ticket)
  if (closed !== undefined) throw closed
  return examined
}

/** What holds for a login holds for a new proof as well. One that does not count ends the session it was for. */
async function admit(engine: Engine, { row, record: before }: Presented, record: LiveRecord): Promise<void> {
  const { userId, tenant } = record
  const subject = { owner: row.owner, userId, tenant }
  try {
    await persist(engine, 're-authenticate', () => checkNotBefore(engine, subject, record.authTime, false))
    const isNewcomer = before.stage !== undefined || tenant !== before.tenant
    if (row.owner !== null && isNewcomer)
      await keepWithinLimit(engine, row.owner, { rowId: row.id, record, count: Number.POSITIVE_INFINITY })
  } catch (error) {
    await endEverywhere(engine, row.id, 'revoked')
    throw error
  }
}

/**
 * Notes that the user of a session has proved again who they are. The session goes on under a new token, and everything
 * that counts from a login counts from now on. The old token ends at once (TMO-3, LIF-7). Where the caller comes from is
 * not judged: this is how somebody who seemed to be somebody else shows that they are not.
 */
export async function reauthenticate(engine: Engine, token: unknown, context?: SessionContext, options?: unknown): Promise<IssuedSession> {
  const now = engine.clock.now()
  const { context: caller, leftOut } = readContext(context)
  const asked = readReauthenticateOptions(options, now)
  if (leftOut.length > 0) engine.logger.warn({ leftOut }, 'parts of the context say nothing; what the session knows already is kept')
  const tenant = ownTenant(engine, asked.tenant)
  const wanted = { ...asked, ...(asked.tenant === undefined || tenant === undefined ? {} : { tenant }) }
  const presented = await present(engine, token)
  const limits = limitsOf(engine.settings, withoutFormerProof(presented.record))
  if (wanted.authTime + limits.absolute <= now) throw refusals.tooOld()
  const begun = engine.clock.monotonic()
  const { record, next } = await editUnderNewToken(engine, 're-authenticate', presented, drawSecret(engine), (stored, at) =>
    provenAgain(engine, stored, wanted, caller, at),
  )
  await admit(engine, presented, record)
  const rowId = presented.row.id
  // The old token is refused everywhere before anybody holds the new one.
  await reached(engine, rowId, begun)
  const about = { userId: record.userId, ipAddress: caller.ipAddress, tenant: record.tenant }
  await publish(engine, { type: 'session.reauthenticated', sessionId: publicId(rowId), ...about })
  return issuedView(engine, record, next)
}
