import type { Millis } from '../clock.js'
import { equal, sha256 } from '../crypto/hash.js'
import { parseDuration } from '../duration.js'
import { readIdentifier } from '../input/identifier.js'
import { readObject, refuse, refuseUnknown } from '../input/refuse.js'
import type { OperationGrant } from '../sessions.js'
import { editLive } from './edit-live.js'
import type { Engine } from './engine.js'
import { locate, publicRowId } from './locate.js'
import { drawSecret } from './new-token.js'
import { publish } from './publish.js'
import type { LiveRecord, StoredGrant } from './record.js'
import { refusals } from './refusals.js'
import { publicId } from './row.js'
import { notYetStored } from './sessions-here.js'

/** Grants that one session can have at a time; the oldest makes room. Nobody has more dialogues open. */
const MAX_GRANTS = 8
const DEFAULT_LIFE: Millis = 300_000
/** What is agreed to is done at once; a grant that lasts longer is a permission. */
const LONGEST_LIFE: Millis = 3_600_000

interface ReadOperation {
  readonly operation: string
  readonly resource?: string
}

function readOperation(path: string, given: Readonly<Record<string, unknown>>): ReadOperation {
  const { operation, resource } = given
  return {
    operation: readIdentifier(`${path}.operation`, operation),
    ...(resource === undefined ? {} : { resource: readIdentifier(`${path}.resource`, resource) }),
  }
}

function readLife(value: unknown): Millis {
  if (value === undefined) return DEFAULT_LIFE
  const millis = parseDuration(value)
  if (millis === undefined || millis < 1 || millis > LONGEST_LIFE)
    refuse('options.expiresIn', value, 'it must be a length of time of at most an hour, for example "5m".')
  return millis
}

/** An id is public: what it allowed, everybody could do. */
function demandToken(token: unknown): void {
  if (publicRowId(token) !== undefined) refuse('token', token, 'a grant belongs to the holder of the token; an id will not do.')
}

const isOpen =
  (now: Millis) =>
  ({ until }: StoredGrant): boolean =>
    now < until

/** Allows one operation once. The secret is told this once; the store has its hash. */
export async function grantOperation(engine: Engine, token: unknown, options: unknown): Promise<OperationGrant> {
  const given = readObject('options', options)
  refuseUnknown('options', given, ['operation', 'resource', 'expiresIn'])
  const wanted = readOperation('options', given)
  const life = readLife(given['expiresIn'])
  demandToken(token)
  const { rowId } = await locate(engine, token)
  if (engine.provisional?.isHere(rowId) === true) throw notYetStored()
  const grant = drawSecret(engine)
  const until = engine.clock.now() + life
  const added: StoredGrant = { hash: sha256(grant), ...wanted, until }
  const record = await editLive(engine, 'grant operation', rowId, (stored, now) => {
    if (stored.challenged !== undefined) throw refusals.challenged()
    // A try whose answer was lost may have written it already.
    const others = (stored.grants ?? []).filter((one) => isOpen(now)(one) && one.hash !== added.hash)
    return { ...stored, grants: [...others, added].slice(-MAX_GRANTS) }
  })
  await publish(engine, { type: 'session.granted', sessionId: publicId(rowId), userId: record.userId, tenant: record.tenant })
  return { grant, expiresAt: new Date(until) }
}

/** Takes the grant out of the record. Throws if it is not there, or is for something else: then it stays for what it is for. */
function withoutGrant(record: LiveRecord, hash: string, { operation, resource }: ReadOperation, now: Millis): LiveRecord {
  if (record.challenged !== undefined) throw refusals.challenged()
  const grants = record.grants ?? []
  const found = grants.find((one) => equal(one.hash, hash))
  if (found === undefined || !isOpen(now)(found) || found.operation !== operation || found.resource !== resource)
    throw refusals.notGranted()
  return { ...record, grants: grants.filter((one) => one !== found) }
}

/**
 * Uses a grant up: of all that present it, one gets through. Whoever loses the answer has to ask the user again; a grant is
 * never used twice.
 */
export async function useGrant(engine: Engine, token: unknown, grant: unknown, operation: unknown): Promise<void> {
  const given = readObject('operation', operation)
  refuseUnknown('operation', given, ['operation', 'resource'])
  const wanted = readOperation('operation', given)
  if (typeof grant !== 'string' || grant === '' || grant.length > 255) refuse('grant', grant, 'it must be what grantOperation returned.')
  demandToken(token)
  const { rowId } = await locate(engine, token)
  const hash = sha256(grant)
  const record = await editLive(engine, 'use grant', rowId, (stored, now) => withoutGrant(stored, hash, wanted, now))
  await publish(engine, { type: 'session.grant-used', sessionId: publicId(rowId), userId: record.userId, tenant: record.tenant })
}
