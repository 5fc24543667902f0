import { readIdentifier } from '../input/identifier.js'
import { readObject, refuse } from '../input/refuse.js'
import type { EndedAll } from '../sessions.js'
import { ask, persist } from './ask.js'
import { endRow } from './end-row.js'
import type { Engine } from './engine.js'
import { reached } from './level.js'
import { raiseNotBefore } from './not-before.js'
import { publish } from './publish.js'
import { ownerKey, rowIdOf } from './row.js'
import { reasonIn } from './terminate.js'

/** Ends under way at once for one user. */
const WIDTH = 32

function exceptIn(options: unknown): string | undefined {
  const except = options === undefined ? undefined : readObject('options', options)['except']
  if (except === undefined) return undefined
  const rowId = typeof except === 'string' ? rowIdOf(except) : undefined
  return rowId ?? refuse('options.except', except, 'it must be the id ("sid_…") of the session that stays.')
}

/**
 * Ends all sessions of a user. First an instant is raised before which no authentication counts, then the sessions are
 * listed and ended: a login under way is either in the list, or finds the instant after its insertion and gives up.
 */
export async function terminateAll(engine: Engine, userId: string, options?: unknown): Promise<EndedAll> {
  const user = readIdentifier('userId', userId)
  const reason = reasonIn(options, ['reason', 'except'], 'revoked')
  const except = exceptIn(options)
  const owner = ownerKey(engine.keys, user)
  await raiseNotBefore(engine, owner, engine.clock.now())
  const rows = await persist(engine, 'log out everywhere', () => ask(engine, (store) => store.list(owner)))
  const ids = rows.map(({ id }) => id).filter((id) => id !== owner && id !== except)
  let terminated = 0
  for (let from = 0; from < ids.length; from += WIDTH) {
    const ended = await Promise.all(ids.slice(from, from + WIDTH).map((id) => endRow(engine, id, reason)))
    terminated += ended.filter((record) => record !== undefined).length
  }
  await publish(engine, { type: 'user.ended', userId: user, reason, count: terminated })
  return { level: reached(), terminated }
}
