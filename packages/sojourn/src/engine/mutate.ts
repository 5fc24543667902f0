import type { Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import type { Row } from '../store/store.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import type { StoredRecord } from './record.js'
import { keepOpened, openKnown, sealRow } from './row.js'
import { isOutOfScope } from './scope.js'

/** What an edit wants: nothing (`write` absent), or another record in the place of the one it saw. */
export interface Edit<Answer> {
  readonly answer: Answer
  readonly write?: {
    readonly record: StoredRecord
    readonly expiresAt: Millis
    readonly owner: string | null
    /** For what no other node needs to know: activity. */
    readonly quiet?: 'quiet'
  }
}

/** Other processes that change the same row at the same moment; beyond this something is wrong with the application. */
const MAX_TRIES = 32

type Mutating = Pick<Engine, 'store' | 'keys' | 'clock' | 'metrics' | 'logger' | 'opened' | 'turns' | 'scope' | 'outage' | 'grace'>

async function attempt<Answer>(
  engine: Mutating,
  rowId: string,
  edit: (record: StoredRecord, row: Row) => Edit<Answer>,
  isFirst: boolean,
): Promise<{ readonly done: boolean; readonly answer: Answer | undefined }> {
  // What is in memory will do, since the version protects what is written over it; if it was not the newest, the store is read.
  const row = (isFirst ? engine.store.peek(rowId) : undefined) ?? (await ask(engine, (store) => store.reread(rowId)))
  if (row === undefined) return { done: true, answer: undefined }
  const record = await openKnown(engine, row)
  if (record === 'broken') return { done: true, answer: undefined }
  if (isOutOfScope(engine, record)) return { done: true, answer: undefined }
  const { answer, write } = edit(record, row)
  if (write === undefined) return { done: true, answer }
  const head = { id: row.id, owner: write.owner, version: row.version + 1, createdAt: row.createdAt, expiresAt: write.expiresAt }
  const next = sealRow(engine, head, write.record)
  // Whether it gets through or not, what was found before is not what the session is now.
  if (write.quiet === undefined) engine.grace?.forget(row.id)
  const done = await ask(engine, (store) => store.replace(next, write.quiet))
  if (done && write.quiet !== undefined) keepOpened(engine, next, write.record)
  return { done, answer }
}

/**
 * Changes a row: reads it, lets `edit` decide, and writes only if nobody else wrote meanwhile; else it begins again with
 * what is there now. Answers undefined if there is no such row. `edit` may run several times and must not have effects.
 */
export function mutate<Answer>(
  engine: Mutating,
  rowId: string,
  edit: (record: StoredRecord, row: Row) => Edit<Answer>,
): Promise<Answer | undefined> {
  return engine.turns.take(rowId, async () => {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { done, answer } = await attempt(engine, rowId, edit, tries === 0)
      if (done) return answer
    }
    throw new SessionError('CONFLICT', 'This session is being changed by too many requests at once. Try again.', { retryAfter: 1 })
  })
}
