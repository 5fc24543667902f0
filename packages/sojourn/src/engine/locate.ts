import { ask } from './ask.js'
import { confirm } from './confirm.js'
import type { Engine } from './engine.js'
import { endedEverywhere, examine, expiredRefusal, readRow } from './examine.js'
import { mayBeElsewhere } from './provisional-id.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { rowIdOf } from './row.js'
import { knownElsewhere } from './sessions-here.js'
import { closedRefusal } from './wrong-use.js'

/** The row id in a public id; undefined for what can only be a token. A token has another length, so neither is taken for the other. */
export function publicRowId(tokenOrId: unknown): string | undefined {
  return typeof tokenOrId === 'string' ? rowIdOf(tokenOrId) : undefined
}

/** A session that can be used now, found by its token or by its public id. Refusals are thrown. */
export async function locate(engine: Engine, tokenOrId: unknown): Promise<{ readonly rowId: string; readonly record: LiveRecord }> {
  const rowId = publicRowId(tokenOrId)
  if (rowId === undefined) {
    const examined = await examine(engine, tokenOrId)
    if (examined.kind === 'refused') throw examined.error
    if (examined.standing === 'unanswered') throw refusals.superseded()
    const located = await usable(engine, examined.row.id, examined.record)
    const closed = closedRefusal(engine, examined.record, examined.ticket)
    if (closed !== undefined) throw closed
    await confirm(engine, examined)
    return located
  }
  const unfinished = engine.unfinished.reasonOf(rowId)
  if (unfinished !== undefined && engine.scope === undefined) throw refusals.ended(unfinished)
  const found = await readRow(engine, rowId)
  if (found === undefined) throw mayBeElsewhere(rowId, engine.clock.now()) ? knownElsewhere() : refusals.notFound()
  if (unfinished !== undefined) throw refusals.ended(unfinished)
  if (found.record.kind === 'ended') throw refusals.ended(found.record.reason)
  const everywhere = await endedEverywhere(engine, found.row, found.record)
  if (everywhere !== undefined) throw refusals.ended(everywhere)
  return await usable(engine, rowId, engine.activity.merge(rowId, found.record))
}

async function usable(engine: Engine, rowId: string, record: LiveRecord): Promise<{ readonly rowId: string; readonly record: LiveRecord }> {
  if (record.stage !== undefined) throw refusals.unfinishedLogin(record.stage)
  const expired = await expiredRefusal(engine, rowId, record)
  if (expired !== undefined) throw expired
  return { rowId, record }
}

/** Asks the store something harmless, to see whether it answers. */
export async function ping(engine: Engine): Promise<void> {
  await ask(engine, (store) => store.reread('aa-ping'))
  await engine.coherence.freshen()
}
