import { sealedUnder } from '../crypto/seal.js'
import { RING_ROW_ID } from '../keyring/ring-home.js'
import type { Resealed } from '../manager.js'
import { lastUse } from '../policy/lifetime.js'
import { isScannable, type Row } from '../store/store.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { mutate } from './mutate.js'
import { openRow } from './row.js'

const PAGE = 200
const END_OF_TIME = 8.64e15
/** A key is destroyed only if it had been replaced for this long when the walk began: no node can have sealed with it behind the walk. */
const SETTLED = 60_000

async function resealRow(engine: Engine, row: Row, active: string): Promise<boolean> {
  if (row.id === RING_ROW_ID || sealedUnder(row.data) === active) return false
  // Its key is gone already, or it was tampered with: there is nothing to move on, and the others must not wait for it.
  if (typeof (await openRow(engine, row)) === 'string') return false
  const changed = await mutate(engine, row.id, (record, current) => {
    // Another write may have sealed it again meanwhile.
    if (sealedUnder(current.data) === active) return { answer: false }
    const expiresAt = record.kind === 'session' ? lastUse(engine.settings, record) : current.expiresAt
    return { answer: true, write: { record, expiresAt, owner: current.owner } }
  })
  return changed === true
}

/**
 * Seals every record under the active key again, and destroys the keys that nothing is sealed under any more. Each record is
 * rewritten by compare-and-set, so it may run beside everything else, on several nodes, and again after it was cut short.
 */
export async function reseal(engine: Engine, onProgress?: (so: Resealed) => void): Promise<Resealed> {
  const { store, keys, clock } = engine
  if (!isScannable(store)) return { seen: 0, resealed: 0 }
  const active = keys.ring().activeData(clock.now())
  const old = new Set(keys.list().flatMap(({ id, use, state }) => (use === 'data' && state === 'decrypt-only' ? [id] : [])))
  const activeSince = keys.list().find(({ id }) => id === active)?.since ?? clock.now()
  const isSettled = clock.now() - activeSince >= SETTLED
  let so: Resealed = { seen: 0, resealed: 0 }
  let after: string | undefined
  do {
    const range = { from: 0, to: END_OF_TIME, limit: PAGE, ...(after === undefined ? {} : { after }) }
    const page = await ask(engine, () => store.scan(range))
    for (const row of page.rows) {
      const did = await resealRow(engine, row, active)
      so = { seen: so.seen + 1, resealed: so.resealed + (did ? 1 : 0) }
    }
    onProgress?.(so)
    after = page.next
  } while (after !== undefined)
  if (old.size > 0 && isSettled) await ask(engine, () => keys.destroy(old))
  return so
}
