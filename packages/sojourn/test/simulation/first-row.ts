import { assemble } from '../../src/create-session-manager.js'
import type { Row, Store } from '../../src/store/store.js'
import { seededBytes } from './dice.js'
import { MASTER } from './node.js'
import { nodeClock } from './node-clock.js'
import { schedule } from './schedule.js'

let made: Promise<Row> | undefined

async function make(): Promise<Row> {
  const rows: Row[] = []
  const store: Store & { scan(): Promise<{ rows: Row[] }> } = {
    insert: async (row) => rows.push(row),
    get: async () => rows[0],
    replace: async () => false,
    remove: async () => undefined,
    list: async () => [],
    scan: async () => ({ rows: [] }),
    close: async () => undefined,
  }
  // A day before the histories begin: every clock agrees that its keys are active.
  const clock = nodeClock(schedule(), 0, -86_400_000, { isPaused: false, isGone: false, backlog: [] })
  await assemble({ keys: { master: MASTER }, cleanupInterval: 0 }, { store, clock, random: seededBytes(1) })
  const [row] = rows
  if (row === undefined) throw new Error('No key ring was stored.')
  return row
}

/** The row of a key ring, the same for all histories: making one costs as much as ten validations. */
export function firstRow(): Promise<Row> {
  made ??= make()
  return made
}
