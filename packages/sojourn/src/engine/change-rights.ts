import type { Millis } from '../clock.js'
import { readObject, refuse } from '../input/refuse.js'
import type { Level, Session } from '../session.js'
import { editLive } from './edit-live.js'
import { editUnderNewToken } from './edit-presented.js'
import type { Engine } from './engine.js'
import { examine } from './examine.js'
import { reached } from './level.js'
import { locate, publicRowId } from './locate.js'
import { drawSecret } from './new-token.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { notYetStored } from './sessions-here.js'
import { issuedView, viewOf } from './view.js'

export interface ChangedRights {
  readonly before: LiveRecord
  /** With its new token, if it was rotated. */
  readonly changed: Session & { readonly token?: string }
  readonly level: Level
}

/** Whether the options ask for a new token. */
export function rotateIn(options: unknown): boolean {
  const rotate = options === undefined ? undefined : readObject('options', options)['rotate']
  if (rotate !== undefined && typeof rotate !== 'boolean') refuse('options.rotate', rotate, 'it must be true or false.')
  return rotate === true
}

/** Whether a session may do more than before. */
function isMore(before: LiveRecord, { elevation, roles, permissions }: LiveRecord): boolean {
  const isNew = (held: readonly string[]) => (one: string) => !held.includes(one)
  return elevation !== undefined || roles.some(isNew(before.roles)) || permissions.some(isNew(before.permissions))
}

/** Changes what a session may do; on demand under a new token, so that whoever copied the old one has none of it (LIF-2). */
export async function changeRights(
  engine: Engine,
  operation: string,
  tokenOrId: unknown,
  rotate: boolean,
  change: (record: LiveRecord, now: Millis) => LiveRecord,
): Promise<ChangedRights> {
  if (rotate && publicRowId(tokenOrId) !== undefined)
    refuse('options.rotate', true, 'an id cannot be exchanged for a token; give the token of the session.')
  const { rowId, record: before } = await locate(engine, tokenOrId)
  const edit = (record: LiveRecord, now: Millis): LiveRecord => {
    const next = change(record, now)
    if (engine.provisional?.isHere(rowId) === true && isMore(record, next)) throw notYetStored()
    return next
  }
  const begun = engine.clock.monotonic()
  if (!rotate) {
    const record = await editLive(engine, operation, rowId, edit)
    return { before, changed: viewOf(engine.settings, rowId, record, engine.clock.now()), level: await reached(engine, rowId, begun) }
  }
  const examined = await examine(engine, tokenOrId)
  if (examined.kind === 'refused') throw examined.error
  if (examined.standing === 'unanswered') throw refusals.superseded()
  const { record, next } = await editUnderNewToken(engine, operation, examined, drawSecret(engine), change)
  const changed = issuedView(engine, record, next)
  return { before, changed, level: await reached(engine, rowId, begun) }
}
