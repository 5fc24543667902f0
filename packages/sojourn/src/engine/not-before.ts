import type { Millis } from '../clock.js'
import { ask, persist } from './ask.js'
import type { Engine } from './engine.js'
import { mutate } from './mutate.js'
import type { NotBeforeRecord } from './record.js'
import { refusals } from './refusals.js'
import { openKnown, sealRow } from './row.js'

// The row stands in the user's own index: the count that an insertion answers tells a login whether there may be one, so
// that the first login of a user needs no second question.

/** The instant before which no authentication of this user counts, with what belongs to it. */
export async function readNotBefore(engine: Engine, owner: string): Promise<NotBeforeRecord | undefined> {
  const row = await ask(engine, (store) => store.reread(owner))
  const record = row === undefined ? undefined : await openKnown(engine, row)
  return record === undefined || record === 'broken' || record.kind !== 'not-before' ? undefined : record
}

/**
 * Refuses a login that was authenticated before the user was logged out everywhere. Called after the insertion: from then on
 * nothing older can slip through.
 */
export async function checkNotBefore(engine: Engine, owner: string, authTime: Millis): Promise<void> {
  const raised = await readNotBefore(engine, owner)
  if (raised !== undefined && authTime < raised.notBefore) throw refusals.reauthenticate()
}

/** Raises the instant; it never falls. */
export async function raiseNotBefore(engine: Engine, owner: string, raised: Omit<NotBeforeRecord, 'kind'>): Promise<void> {
  const { ordinary, remembered } = engine.settings
  const record: NotBeforeRecord = { kind: 'not-before', ...raised }
  // An authentication that is older than this has reached its absolute limit anyway.
  const expiresAt = raised.notBefore + Math.max(ordinary.absolute, remembered.absolute)
  await persist(engine, 'log out everywhere', async () => {
    const head = { id: owner, owner, version: 1, createdAt: raised.notBefore, expiresAt }
    const row = sealRow(engine, head, record)
    if ((await ask(engine, (store) => store.insert(row))) > 0) return
    await mutate(engine, owner, (stored, current) => {
      if (stored.kind !== 'not-before' || stored.notBefore > raised.notBefore) return { answer: true }
      return { answer: true, write: { record, expiresAt: Math.max(expiresAt, current.expiresAt), owner } }
    })
  })
}
