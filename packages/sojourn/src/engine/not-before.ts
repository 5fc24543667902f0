import type { Millis } from '../clock.js'
import type { Row } from '../store/store.js'
import { ask, persist } from './ask.js'
import type { Engine } from './engine.js'
import { mutate } from './mutate.js'
import { openRow, sealRow } from './row.js'

// The row stands in the user's own index: the count that an insertion answers tells a login whether there may be one, so
// that the first login of a user needs no second question.

/** The instant in a not-before row, or undefined if the row is another kind. */
async function notBeforeIn(engine: Engine, row: Row): Promise<Millis | undefined> {
  const record = await openRow(engine, row)
  return record !== 'broken' && record.kind === 'not-before' ? record.notBefore : undefined
}

/** The instant before which no authentication of this user counts. */
export async function readNotBefore(engine: Engine, owner: string): Promise<Millis | undefined> {
  const row = await ask(engine, (store) => store.get(owner))
  return row === undefined ? undefined : await notBeforeIn(engine, row)
}

/** Raises the instant; it never falls. */
export async function raiseNotBefore(engine: Engine, owner: string, notBefore: Millis): Promise<void> {
  const { ordinary, remembered } = engine.settings
  // An authentication that is older than this has reached its absolute limit anyway.
  const expiresAt = notBefore + Math.max(ordinary.absolute, remembered.absolute)
  await persist(engine, 'log out everywhere', async () => {
    const head = { id: owner, owner, version: 1, createdAt: notBefore, expiresAt }
    const row = sealRow(engine, head, { kind: 'not-before', notBefore })
    if ((await ask(engine, (store) => store.insert(row))) > 0) return
    await mutate(engine, owner, (record, stored) => {
      if (record.kind !== 'not-before' || record.notBefore >= notBefore) return { answer: true }
      return { answer: true, write: { record: { ...record, notBefore }, expiresAt: Math.max(expiresAt, stored.expiresAt), owner } }
    })
  })
}
