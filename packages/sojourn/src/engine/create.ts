import { SessionError } from '../errors.js'
import { readContext } from '../input/context.js'
import { type ReadCreateOptions, readCreateOptions } from '../input/create-options.js'
import { readIdentifier } from '../input/identifier.js'
import { refuse } from '../input/refuse.js'
import { lastUse, limitsOf } from '../policy/lifetime.js'
import type { IssuedSession, SessionContext } from '../session.js'
import type { Row } from '../store/store.js'
import type { Ticket } from '../token/ticket.js'
import { ask, persist } from './ask.js'
import { carriedData } from './carry-over.js'
import { dropRow, endEverywhere } from './end-row.js'
import type { Engine } from './engine.js'
import { freshRecord } from './fresh-record.js'
import { keepWithinLimit } from './limit.js'
import { checkNotBefore, isCheckedInMemory } from './not-before.js'
import { publish } from './publish.js'
import { readTicket } from './read-ticket.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { bucketOf, ownerKey, publicId, sealRow } from './row.js'
import { ownTenant } from './scope.js'
import { sightOf } from './sight.js'
import { issuedView } from './view.js'

/** A random id is taken, or the random source fails, so rarely that a third failure is a fault. */
const MAX_DRAWS = 3
const ID_BYTES = 16
const SECRET_BYTES = 32

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

function drawTicket(engine: Engine, bucket: string): Ticket {
  return {
    rowId: bucket + base64url(engine.random.bytes(ID_BYTES)),
    generation: 1,
    slot: engine.keys.ring().tokenSlot(engine.clock.now()),
    secret: base64url(engine.random.bytes(SECRET_BYTES)),
  }
}

interface Placed {
  readonly ticket: Ticket
  readonly record: LiveRecord
  /** How many rows the user has now. */
  readonly count: number
}

/** Draws a token and seals its row; once more with new material if that fails (mission F1). */
function prepare(
  engine: Engine,
  owner: string | null,
  make: (secret: string) => LiveRecord,
): { readonly ticket: Ticket; readonly record: LiveRecord; readonly row: Row } {
  for (let draws = 1; ; draws++) {
    try {
      const ticket = drawTicket(engine, owner === null ? bucketOf(engine.random.bytes(ID_BYTES)) : owner.slice(0, 2))
      const record = make(ticket.secret)
      const head = { id: ticket.rowId, owner, version: 1, createdAt: record.createdAt, expiresAt: lastUse(engine.settings, record) }
      return { ticket, record, row: sealRow(engine, head, record) }
    } catch (error) {
      if (draws >= MAX_DRAWS) throw error
      engine.logger.warn({ draws, error: String(error) }, 'making a token failed; trying with new material')
    }
  }
}

async function place(engine: Engine, owner: string | null, make: (secret: string) => LiveRecord): Promise<Placed> {
  for (let draws = 1; draws <= MAX_DRAWS; draws++) {
    const { ticket, record, row } = prepare(engine, owner, make)
    let count: number
    try {
      count = await ask(engine, (store) => store.insert(row))
    } catch (error) {
      // The insertion may have got through without its answer: what nobody holds is taken back as soon as that is possible.
      void abandon(engine, ticket.rowId)
      throw error
    }
    if (count > 0) return { ticket, record, count }
    engine.logger.warn({ draws }, 'a new session id was taken already; drawing another')
  }
  throw new SessionError('CONFLICT', 'No free session id was found. The random source of this machine may be broken.')
}

/** The row of the session that a login takes the place of. */
export async function replacedRow(engine: Engine, token: string | undefined): Promise<string | undefined> {
  if (token === undefined) return undefined
  const replaced = await readTicket(engine, token)
  if (typeof replaced !== 'string') return replaced.rowId
  engine.logger.warn({}, 'the session to be replaced was not named by a token of ours; nothing is ended')
  return undefined
}

function readUser(userId: unknown, { stage, roles, permissions }: ReadCreateOptions): string {
  if (stage !== 'anonymous') return readIdentifier('userId', userId)
  if (userId !== null) refuse('userId', userId, 'it must be null for an anonymous session.')
  if (roles.length + permissions.length > 0) refuse('options.roles', roles, 'an anonymous session has neither roles nor permissions.')
  return ''
}

/** Whoever has no account can make sessions without end, so each source is held to so many (CVE-2015-5143). */
function demandRoom(engine: Engine, ipAddress: string | undefined): void {
  const wait = engine.anonymousRate.note(ipAddress)
  if (wait !== undefined) throw refusals.tooManyVisitors(wait)
}

/**
 * Starts a session. The row is inserted first, then the user's other sessions are brought within the limit, and only then
 * is the token handed out: a session that nobody can use yet is none too many.
 */
export async function create(engine: Engine, userId: string | null, context?: SessionContext, options?: unknown): Promise<IssuedSession> {
  const now = engine.clock.now()
  const read = readContext(context)
  const asked = readCreateOptions(options, now)
  const user = readUser(userId, asked)
  const tenant = ownTenant(engine, asked.tenant ?? undefined) ?? null
  if (asked.stage === 'anonymous') demandRoom(engine, read.context.ipAddress)
  const { replaces } = asked
  const wanted = { ...asked, tenant, data: replaces === undefined ? asked.data : await carriedData(engine, user, { ...asked, tenant }) }
  if (wanted.dpop !== undefined && engine.settings.dpop === undefined)
    refuse('options.dpop', wanted.dpop, 'sessions are bound to keys only where dpop is enabled in the configuration.')
  if (wanted.authTime + limitsOf(engine.settings, wanted).absolute <= now) throw refusals.tooOld()
  if (read.leftOut.length > 0) engine.logger.warn({ leftOut: read.leftOut }, 'parts of the context say nothing and were left out')
  const owner = user === '' ? null : ownerKey(engine.keys, user)
  const replaced = replaces === undefined ? undefined : await replacedRow(engine, replaces)
  const found = sightOf(engine, { userId: user, tenant }, read.context, now)
  const sight = found instanceof Promise ? await found : found
  const placed = await place(engine, owner, (secret) => freshRecord(engine, user, read.context, wanted, secret, now, sight))
  try {
    const isAlone = placed.count === 1
    const subject = { owner, userId: user, tenant }
    const { authTime } = placed.record
    if (!isCheckedInMemory(engine, subject, authTime, isAlone))
      await persist(engine, 'create', () => checkNotBefore(engine, subject, authTime, isAlone))
    if (owner !== null && !isAlone && wanted.stage === undefined)
      await keepWithinLimit(engine, owner, { ...placed, rowId: placed.ticket.rowId }, replaced)
    if (replaced !== undefined) await endEverywhere(engine, replaced, 'replaced')
  } catch (error) {
    await abandon(engine, placed.ticket.rowId)
    throw error
  }
  engine.metrics.count('sojourn_sessions_created_total')
  const sessionId = publicId(placed.ticket.rowId)
  await publish(engine, { type: 'session.created', sessionId, userId: user, ipAddress: read.context.ipAddress, tenant: wanted.tenant })
  engine.devices.note(placed.record, sessionId)
  return issuedView(engine, placed.record, placed.ticket)
}

/** Takes back a session whose creation did not come to its end. Nobody has its token, so one that stays only takes up room. */
async function abandon(engine: Engine, rowId: string): Promise<void> {
  try {
    await dropRow(engine, rowId)
  } catch (error) {
    engine.logger.warn(
      { sessionId: publicId(rowId), error: String(error) },
      'a session that was not handed out stays in the store until it expires',
    )
  }
}
