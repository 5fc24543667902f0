import type { ProofKey } from '../crypto/jwk.js'
import type { DeviceAnswer, DeviceRegistration } from '../device.js'
import { editLive } from '../engine/edit-live.js'
import type { Engine } from '../engine/engine.js'
import { examine, expiredRefusal, type Presented } from '../engine/examine.js'
import { publish } from '../engine/publish.js'
import type { LiveRecord } from '../engine/record.js'
import { publicId } from '../engine/row.js'
import { SessionError } from '../errors.js'
import type { DeviceBoundSettings } from '../proof-settings.js'
import { readProof } from '../token/proof-jwt.js'
import { deviceAnswer } from './answer.js'
import { boundCookie } from './bound-cookie.js'
import { draw } from './draw.js'
import { endBound } from './end-bound.js'
import { identifierOf } from './identifier.js'
import { clearBoundCookie, instructions, setBoundCookie } from './instructions.js'
import { insertKey, keyRowId } from './key-row.js'
import { isRegistrationChallenge } from './registration-challenge.js'
import { readSfString } from './structured-field.js'

const count = (engine: Engine, result: 'bound' | 'refused' | 'imitated'): void =>
  engine.metrics.count('sojourn_device_bindings_total', `result="${result}"`)

function refused(engine: Engine, status: 401 | 403): DeviceAnswer {
  count(engine, 'refused')
  return deviceAnswer(status)
}

/** Sets the key on the session; whoever comes second sees the first one's. Decision 0019: one compare-and-set, as for everything else. */
async function bind(engine: Engine, { row }: Presented, jkt: string, keyRow: string): Promise<LiveRecord | SessionError> {
  try {
    return await editLive(engine, 'bind', row.id, (stored, now) =>
      stored.boundTo === undefined ? { ...stored, boundTo: { jkt, at: now, row: keyRow } } : stored,
    )
  } catch (error) {
    // It was ended at this very moment.
    if (error instanceof SessionError && error.status === 401) return error
    throw error
  }
}

async function imitated(engine: Engine, settings: DeviceBoundSettings, { row, record }: Presented): Promise<DeviceAnswer> {
  count(engine, 'imitated')
  await endBound(engine, row.id, record)
  return deviceAnswer(401, { 'Set-Cookie': clearBoundCookie(settings) }, { continue: false })
}

async function bound(engine: Engine, settings: DeviceBoundSettings, rowId: string, record: LiveRecord, jkt: string): Promise<DeviceAnswer> {
  const key = engine.keys.proof
  count(engine, 'bound')
  await publish(engine, { type: 'session.bound', sessionId: publicId(rowId), userId: record.userId, tenant: record.tenant })
  const value = boundCookie(key, rowId, jkt, draw(engine), engine.clock.now() + settings.cookieMaxAge)
  // No challenge here: Chrome knows the session only once this answer has been read.
  return deviceAnswer(200, { 'Set-Cookie': setBoundCookie(settings, value) }, instructions(settings, identifierOf(key, rowId)))
}

function proofIn(
  settings: DeviceBoundSettings,
  header: string | undefined,
): { readonly key: ProofKey; readonly claims: Readonly<Record<string, unknown>> } | undefined {
  const read = readProof(readSfString(header), { typ: 'dbsc+jwt', algorithms: settings.algorithms })
  return read.kind === 'proof' ? read : undefined
}

/**
 * Binds a session to the key that a browser made for it. The session is the one whose cookie came with the request, and the
 * challenge must have been made for it. A session is bound once: a second key means that somebody has its cookie, and ends it.
 */
export async function register(engine: Engine, settings: DeviceBoundSettings, request: DeviceRegistration): Promise<DeviceAnswer> {
  const examined = await examine(engine, request.token)
  if (examined.kind === 'refused' || examined.standing === 'unanswered') return refused(engine, 401)
  const { row, record } = examined
  if ((await expiredRefusal(engine, row.id, record)) !== undefined) return refused(engine, 401)
  const proof = proofIn(settings, request.response)
  if (proof === undefined) return refused(engine, 403)
  const { jti, authorization } = proof.claims
  const jkt = proof.key.thumbprint
  // Before the challenge is judged: an attacker's proof is just as telling over an old one.
  if (record.boundTo !== undefined && record.boundTo.jkt !== jkt) return await imitated(engine, settings, examined)
  if (!isRegistrationChallenge(engine.keys.proof, row.id, jti, engine.clock.now(), authorization)) return refused(engine, 403)
  const keyRow = keyRowId(engine, row.id, jkt)
  // The same proof once more would be a copy of it: it must not fetch a second cookie.
  if (record.boundTo !== undefined || !(await insertKey(engine, keyRow, proof.key.jwk, record.absoluteEnd))) return refused(engine, 403)
  const now = await bind(engine, examined, jkt, keyRow)
  if (now instanceof SessionError) return refused(engine, 401)
  if (now.boundTo?.jkt !== jkt) return await imitated(engine, settings, examined)
  return await bound(engine, settings, row.id, now, jkt)
}
