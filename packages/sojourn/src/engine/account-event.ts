import { readIdentifier } from '../input/identifier.js'
import { readObject, refuse, refuseUnknown } from '../input/refuse.js'
import type { IssuedSession } from '../session.js'
import type { AccountEvent, AccountEventResult } from '../sessions.js'
import { editUnderNewToken } from './edit-presented.js'
import type { Engine } from './engine.js'
import { examine, expiredRefusal, type Presented } from './examine.js'
import { reached } from './level.js'
import { drawSecret } from './new-token.js'
import { liftBar, placeOf } from './not-before.js'
import { publish } from './publish.js'
import { publicId } from './row.js'
import { endUser } from './terminate-all.js'
import { issuedView } from './view.js'
import { closedRefusal } from './wrong-use.js'

interface Consequence {
  readonly reason: string
  /** Whether the session in which it happened goes on. */
  readonly spares?: true
  /** Whether nobody can log in until the account is enabled again. */
  readonly bars?: true
}

/** What ends, and why (ASVS 7.4.2 and 7.4.3). Of what is not in the table nothing ends. */
const CONSEQUENCES: Readonly<Record<Exclude<AccountEvent, 'account-enabled'>, Consequence>> = Object.freeze({
  'password-changed': { reason: 'security.password-changed', spares: true },
  'factor-changed': { reason: 'security.factor-changed', spares: true },
  'email-changed': { reason: 'security.email-changed', spares: true },
  'account-disabled': { reason: 'account.disabled', bars: true },
  'account-deleted': { reason: 'account.deleted' },
  compromised: { reason: 'security.compromised' },
})

function readEvent(event: unknown): AccountEvent {
  const known: readonly string[] = [...Object.keys(CONSEQUENCES), 'account-enabled']
  if (typeof event !== 'string' || !known.includes(event)) refuse('event', event, `it must be one of ${known.join(', ')}.`)
  return event as AccountEvent
}

function readCurrent(options: unknown): string | undefined {
  if (options === undefined) return undefined
  const given = readObject('options', options)
  refuseUnknown('options', given, ['currentToken'])
  const { currentToken } = given
  if (currentToken === undefined) return undefined
  if (typeof currentToken !== 'string' || currentToken === '')
    refuse('options.currentToken', currentToken, 'it must be the token of the session in which the change was made.')
  return currentToken
}

/** The session in which it happened. One that cannot be used any more is no reason to let the others go on. */
async function currentOf(engine: Engine, user: string, token: string | undefined): Promise<Presented | undefined> {
  if (token === undefined) return undefined
  const examined = await examine(engine, token)
  if (examined.kind === 'refused' || examined.standing === 'unanswered') return undefined
  if (closedRefusal(engine, examined.record, examined.ticket) !== undefined) return undefined
  const { record, row } = examined
  if (record.userId !== user) refuse('options.currentToken', token, 'it must be the token of a session of this user.')
  if (record.stage !== undefined || (await expiredRefusal(engine, row.id, record)) !== undefined) return undefined
  return examined
}

/** The current session under a new token: whoever has copied the old one is out as well. */
async function underNewToken(engine: Engine, presented: Presented): Promise<IssuedSession> {
  const begun = engine.clock.monotonic()
  const { record, next } = await editUnderNewToken(engine, 'account event', presented, drawSecret(engine), (stored) => stored)
  const sessionId = publicId(presented.row.id)
  await reached(engine, presented.row.id, begun)
  await publish(engine, { type: 'session.rotated', sessionId, userId: record.userId, tenant: record.tenant })
  return issuedView(engine, record, next)
}

/**
 * Draws the consequences of what happened to an account. A changed password, factor or address ends all sessions but the one
 * in which it was changed; a disabled, deleted or compromised account ends all, and a disabled one lets nobody log in.
 */
export async function accountEvent(engine: Engine, userId: unknown, event: unknown, options?: unknown): Promise<AccountEventResult> {
  const user = readIdentifier('userId', userId)
  const happened = readEvent(event)
  const circle = { user, ...(engine.scope === undefined ? {} : { tenant: engine.scope }) }
  const token = readCurrent(options)
  if (happened === 'account-enabled') {
    const begun = engine.clock.monotonic()
    const place = placeOf(engine, circle)
    await liftBar(engine, place)
    await publish(engine, { type: 'account.changed', userId: user, reason: happened })
    return { terminated: 0, level: await reached(engine, place.id, begun) }
  }
  const { reason, spares, bars } = CONSEQUENCES[happened]
  const current = spares === true ? await currentOf(engine, user, token) : undefined
  const ended = await endUser(engine, {
    ...circle,
    reason,
    ...(current === undefined ? {} : { except: current.row.id }),
    ...(bars === true ? { barred: reason } : {}),
  })
  await publish(engine, { type: 'account.changed', userId: user, reason: happened, count: ended.terminated })
  if (current === undefined) return ended
  return { ...ended, session: await underNewToken(engine, current) }
}
