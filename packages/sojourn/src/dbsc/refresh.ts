import type { DeviceAnswer, DeviceRefresh } from '../device.js'
import type { Engine } from '../engine/engine.js'
import { endedEverywhere, expiredRefusal, readRow } from '../engine/examine.js'
import { readTicket } from '../engine/read-ticket.js'
import type { LiveRecord } from '../engine/record.js'
import type { DeviceBoundSettings } from '../proof-settings.js'
import { readProof } from '../token/proof-jwt.js'
import { deviceAnswer } from './answer.js'
import { boundCookie } from './bound-cookie.js'
import { draw } from './draw.js'
import { endBound } from './end-bound.js'
import { identifierOf, rowOfIdentifier } from './identifier.js'
import { clearBoundCookie, instructions, setBoundCookie } from './instructions.js'
import { answerChallenge, openChallenge, readKey } from './key-row.js'
import type { Pace } from './pace.js'
import { challengeField, readSfString } from './structured-field.js'

type Binding = NonNullable<LiveRecord['boundTo']>

interface Bound {
  readonly rowId: string
  readonly record: LiveRecord
  readonly device: Binding
}

const CHALLENGE = 'Secure-Session-Challenge'

type Result = 'refreshed' | 'challenged' | 'ended' | 'forged' | 'refused' | 'limited'

const count = (engine: Engine, result: Result): void => engine.metrics.count('sojourn_device_refreshes_total', `result="${result}"`)

/** The browser is to forget its session: it has ended here, or never was. */
function over(engine: Engine, settings: DeviceBoundSettings): DeviceAnswer {
  count(engine, 'ended')
  return deviceAnswer(200, { 'Set-Cookie': clearBoundCookie(settings) }, { continue: false })
}

/** The session of a binding, if it is still good; the clocks and every kind of end are asked as at a validation. */
async function boundSession(engine: Engine, rowId: string): Promise<Bound | undefined> {
  if (engine.unfinished.reasonOf(rowId) !== undefined) return undefined
  const found = await readRow(engine, rowId)
  if (found === undefined || found.record.kind === 'ended' || found.record.boundTo === undefined) return undefined
  if ((await endedEverywhere(engine, found.row, found.record)) !== undefined) return undefined
  const record = engine.activity.merge(rowId, found.record)
  if ((await expiredRefusal(engine, rowId, record)) !== undefined) return undefined
  return { rowId, record, device: found.record.boundTo }
}

/** Asks for a proof: 403 is the one refusal at which a browser tries again (draft 8.8). */
async function challenge(engine: Engine, settings: DeviceBoundSettings, { rowId, device }: Bound): Promise<DeviceAnswer> {
  const open = await openChallenge(engine, device.row, draw(engine), settings.challengeTtl)
  if (open === undefined) return over(engine, settings)
  count(engine, 'challenged')
  return deviceAnswer(403, { [CHALLENGE]: challengeField(open, identifierOf(engine.keys.proof, rowId)) })
}

async function prove(engine: Engine, settings: DeviceBoundSettings, session: Bound, response: string): Promise<DeviceAnswer> {
  const { rowId, record, device } = session
  const key = await readKey(engine, device.row)
  if (key === undefined) return over(engine, settings)
  const proof = readProof(readSfString(response), { typ: 'dbsc+jwt', algorithms: settings.algorithms, key })
  if (proof.kind === 'unreadable') return await challenge(engine, settings, session)
  if (proof.kind === 'forged') {
    count(engine, 'forged')
    await endBound(engine, rowId, record)
    return deviceAnswer(401, { 'Set-Cookie': clearBoundCookie(settings) }, { continue: false })
  }
  const fresh = draw(engine)
  const options = { ttl: settings.challengeTtl, expiresAt: record.absoluteEnd }
  // Signed, and not what is open now: the answer before may have been lost on the way.
  if (!(await answerChallenge(engine, device.row, proof.claims['jti'], fresh, options))) return await challenge(engine, settings, session)
  count(engine, 'refreshed')
  const identifier = identifierOf(engine.keys.proof, rowId)
  const until = engine.clock.now() + settings.cookieMaxAge
  const value = boundCookie(engine.keys.proof, rowId, device.jkt, draw(engine), until)
  const headers = { 'Set-Cookie': setBoundCookie(settings, value), [CHALLENGE]: challengeField(fresh, identifier) }
  return deviceAnswer(200, headers, instructions(settings, identifier))
}

/**
 * Gives a bound browser its next short cookie: first the challenge (403), then, for its signature, the cookie and the challenge
 * after it. A forged proof ends the session; one over a challenge that is not open any more is asked for again.
 */
export async function refresh(engine: Engine, settings: DeviceBoundSettings, limit: Pace, request: DeviceRefresh): Promise<DeviceAnswer> {
  const identifier = readSfString(request.sessionId)
  if (identifier === undefined) {
    count(engine, 'refused')
    return deviceAnswer(403)
  }
  const rowId = rowOfIdentifier(engine.keys.proof, identifier)
  if (rowId === undefined) return over(engine, settings)
  const wait = limit.wait(rowId, engine.clock.now())
  if (wait > 0) {
    count(engine, 'limited')
    return deviceAnswer(429, { 'Retry-After': String(wait) })
  }
  // Somebody else has logged in with this browser since: its cookie must not be overwritten with one of the session before.
  const ticket = request.token === undefined ? undefined : await readTicket(engine, request.token)
  if (ticket !== undefined && typeof ticket !== 'string' && ticket.rowId !== rowId) return over(engine, settings)
  const session = await boundSession(engine, rowId)
  if (session === undefined) return over(engine, settings)
  if (request.response === undefined || request.response === '') return await challenge(engine, settings, session)
  return await prove(engine, settings, session, request.response)
}
