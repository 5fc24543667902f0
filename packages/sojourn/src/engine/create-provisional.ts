import { readContext } from '../input/context.js'
import { readCreateOptions } from '../input/create-options.js'
import { readIdentifier } from '../input/identifier.js'
import { isMeantBy } from '../outage/pending-end.js'
import { surplus } from '../policy/concurrency.js'
import { limitsOf } from '../policy/lifetime.js'
import type { IssuedSession, SessionContext } from '../session.js'
import type { Ticket } from '../token/ticket.js'
import { create, replacedRow } from './create.js'
import { endRow } from './end-row.js'
import type { Engine } from './engine.js'
import { freshRecord } from './fresh-record.js'
import type { Provisional } from './provisional.js'
import { drawProvisionalId } from './provisional-id.js'
import { publish } from './publish.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { ownerKey, publicId, sealRow } from './row.js'
import { ownTenant } from './scope.js'
import { isUnavailable, notYetStored, sessionsHere } from './sessions-here.js'
import { issuedView } from './view.js'

const SECRET_BYTES = 32

/** Ends something while the store is away: it holds here at once, and waits for the store. */
async function endLater(engine: Engine, rowId: string, reason: string): Promise<void> {
  try {
    await endRow(engine, rowId, reason)
  } catch (error) {
    if (!isUnavailable(error)) throw error
  }
}

/** Brings the user's sessions on this node within the limit. */
async function makeRoom(engine: Engine, owner: string, newcomer: { readonly id: string; readonly record: LiveRecord }): Promise<void> {
  const here = await sessionsHere(engine, owner)
  const tooMany = surplus(engine.settings, [...here, newcomer], engine.clock.now())
  if (tooMany.length > 0 && engine.settings.onSessionLimit === 'reject') throw refusals.limit(here.length)
  for (const { id } of tooMany) await endLater(engine, id, 'limit')
}

async function createHere(
  engine: Engine,
  home: Provisional,
  userId: string | null,
  context: SessionContext | undefined,
  options: unknown,
): Promise<IssuedSession> {
  const now = engine.clock.now()
  const { context: caller } = readContext(context)
  const asked = readCreateOptions(options, now)
  const wanted = { ...asked, tenant: ownTenant(engine, asked.tenant ?? undefined) ?? null }
  // A proof is counted once, and a login that is not over is found again, which takes the store.
  if (wanted.dpop !== undefined || wanted.stage !== undefined) throw notYetStored()
  const user = readIdentifier('userId', userId)
  if (wanted.authTime + limitsOf(engine.settings, wanted).absolute <= now) throw refusals.tooOld()
  const owner = ownerKey(engine.keys, user)
  if (engine.unfinished.everywhereOf(owner).some((end) => isMeantBy(end, wanted))) throw refusals.reauthenticate()
  const ticket: Ticket = {
    rowId: drawProvisionalId(owner.slice(0, 2), now, engine.random),
    generation: 1,
    slot: engine.keys.ring().tokenSlot(now),
    secret: Buffer.from(engine.random.bytes(SECRET_BYTES)).toString('base64url'),
  }
  const whole = freshRecord(engine, user, caller, { ...wanted, rememberMe: false }, ticket.secret, now)
  const record = { ...whole, lifetimeEnd: Math.min(whole.lifetimeEnd, now + home.lifetime) }
  await makeRoom(engine, owner, { id: ticket.rowId, record })
  const head = { id: ticket.rowId, owner, version: 1, createdAt: now, expiresAt: record.lifetimeEnd }
  if (!(await home.add(sealRow(engine, head, record)))) throw notYetStored()
  const replaced = await replacedRow(engine, wanted.replaces)
  if (replaced !== undefined) await endLater(engine, replaced, 'replaced')
  engine.metrics.count('sojourn_sessions_created_total')
  engine.metrics.count('sojourn_outage_created_total')
  const sessionId = publicId(ticket.rowId)
  await publish(engine, {
    type: 'session.created',
    sessionId,
    userId: user,
    ipAddress: caller.ipAddress,
    tenant: wanted.tenant,
    reason: 'outage',
  })
  return issuedView(engine, record, ticket)
}

/** Starts a session; where that is wanted, in a store of this node while the store of all nodes does not answer. */
export async function createSomewhere(
  engine: Engine,
  userId: string | null,
  context?: SessionContext,
  options?: unknown,
): Promise<IssuedSession> {
  const { provisional: home } = engine
  if (home !== undefined && engine.outage.state().kind === 'silent') return await createHere(engine, home, userId, context, options)
  try {
    return await create(engine, userId, context, options)
  } catch (error) {
    const { kind } = engine.outage.state()
    if (home === undefined || !isUnavailable(error) || (kind !== 'doubtful' && kind !== 'silent')) throw error
    return await createHere(engine, home, userId, context, options)
  }
}
