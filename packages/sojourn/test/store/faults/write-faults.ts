import {
  COUNT,
  COUNTER,
  type Fault,
  INSERT_RACE,
  ONE_WINNER,
  REMOVE_ONCE,
  REMOVE_OR_REPLACE,
  REMOVE_VERSION,
  RESURRECTS,
  RESURRECTS_IN_STORM,
  TAKEN,
  VERSION,
  WHOLE,
} from './fault.js'
import { copy, countOf, pause } from './plain-store.js'

export const writeFaults: readonly Fault[] = [
  {
    name: 'upsert: a late write brings the row back',
    breaks: [RESURRECTS, RESURRECTS_IN_STORM, VERSION, ONE_WINNER, COUNTER, REMOVE_OR_REPLACE],
    plant: ({ rows }) => ({
      async replace(row) {
        await pause()
        rows.set(row.id, copy(row))
        return true
      },
    }),
  },
  {
    name: 'write if it exists: the last write wins',
    breaks: [VERSION, ONE_WINNER, COUNTER],
    plant: ({ rows }) => ({
      async replace(row) {
        await pause()
        if (!rows.has(row.id)) return false
        rows.set(row.id, copy(row))
        return true
      },
    }),
  },
  {
    name: 'check, then write: the version is read in one step and written in another',
    breaks: [ONE_WINNER, COUNTER, RESURRECTS_IN_STORM, REMOVE_OR_REPLACE],
    plant: (store) => ({
      async replace(given) {
        const row = copy(given)
        if ((await store.get(row.id))?.version !== row.version - 1) return false
        await pause()
        store.rows.set(row.id, row)
        return true
      },
    }),
  },
  {
    name: 'read, then delete: several callers get the row',
    breaks: [REMOVE_ONCE, REMOVE_OR_REPLACE],
    plant: (store) => ({
      async remove(id, version) {
        const row = await store.get(id)
        if (row === undefined || (version !== undefined && row.version !== version)) return undefined
        await pause()
        store.rows.delete(id)
        return row
      },
    }),
  },
  {
    name: 'remove forgets the version it was given',
    breaks: [REMOVE_VERSION, REMOVE_OR_REPLACE],
    plant: (store) => ({ remove: (id) => store.remove(id) }),
  },
  {
    name: 'insert writes over a taken id',
    breaks: [TAKEN, INSERT_RACE],
    plant: ({ rows }) => ({
      async insert(given) {
        const row = copy(given)
        await pause()
        rows.set(row.id, row)
        return row.owner === null ? 1 : countOf(rows, row.owner)
      },
    }),
  },
  {
    name: 'insert looks first and writes later',
    breaks: [INSERT_RACE],
    plant: (store) => ({
      async insert(given) {
        const row = copy(given)
        if (await store.get(row.id)) return 0
        await pause()
        store.rows.set(row.id, row)
        return row.owner === null ? 1 : countOf(store.rows, row.owner)
      },
    }),
  },
  {
    name: 'insert counts in a second step',
    breaks: [COUNT],
    plant: (store) => ({
      async insert(row) {
        const answer = await store.insert(row)
        return answer === 0 || row.owner === null ? answer : (await store.list(row.owner)).length
      },
    }),
  },
  {
    name: 'insert counts all the rows that there are',
    breaks: [COUNT],
    plant: (store) => ({
      async insert(row) {
        const answer = await store.insert(row)
        return answer === 0 ? 0 : store.rows.size
      },
    }),
  },
  {
    name: 'replace writes the parts of a row one after the other',
    breaks: [WHOLE],
    plant: (store) => ({
      async replace(given) {
        const row = copy(given)
        await pause()
        const old = store.rows.get(row.id)
        if (old?.version !== row.version - 1) return false
        store.rows.set(row.id, { ...old, version: row.version, owner: row.owner })
        await pause()
        if (store.rows.get(row.id)?.version === row.version) store.rows.set(row.id, row)
        return true
      },
    }),
  },
]
