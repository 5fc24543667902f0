import type { Row } from '../../../src/store/store.js'
import { COUNT, END, END_IN_ONE_STEP, type Fault, ORDER, OTHER_OWNER } from './fault.js'
import { byAge, copy, pause } from './plain-store.js'

export const indexFaults: readonly Fault[] = [
  {
    name: 'racy index: the list of an owner is read, changed and written back',
    breaks: ['lists all rows that were inserted at once', COUNT],
    plant: (store) => {
      const index = new Map<string, readonly string[]>()
      return {
        async insert(row) {
          const answer = await store.insert(row)
          if (answer === 0 || row.owner === null) return answer
          const ids = index.get(row.owner) ?? []
          await pause()
          index.set(row.owner, [...ids, row.id])
          return ids.length + 1
        },
        async list(owner) {
          const rows = await store.list(owner)
          return rows.filter(({ id }) => index.get(owner)?.includes(id))
        },
      }
    },
  },
  {
    name: 'unordered list',
    breaks: [ORDER],
    plant: ({ rows }) => ({
      async list(owner) {
        await pause()
        return [...rows.values()].filter((row) => row.owner === owner).map(copy)
      },
    }),
  },
  {
    name: 'list in the order of a language',
    breaks: [ORDER],
    plant: (store) => ({
      async list(owner) {
        const rows = await store.list(owner)
        return rows.sort((a, b) => a.createdAt - b.createdAt || a.id.localeCompare(b.id))
      },
    }),
  },
  {
    name: 'the list keeps rows as they were when they came',
    breaks: ['lists a replaced row as it is now'],
    plant: (store) => {
      const first = new Map<string, Row>()
      return {
        async insert(row) {
          const kept = copy(row)
          const answer = await store.insert(row)
          if (answer !== 0) first.set(row.id, kept)
          return answer
        },
        async list(owner) {
          const rows = await store.list(owner)
          return rows.map((row) => copy(first.get(row.id) ?? row))
        },
      }
    },
  },
  {
    name: 'list by prefix',
    breaks: [OTHER_OWNER],
    plant: ({ rows }) => ({
      async list(owner) {
        await pause()
        return [...rows.values()]
          .filter((row) => row.owner?.startsWith(owner))
          .sort(byAge)
          .map(copy)
      },
    }),
  },
  {
    name: 'an ended row stays on the list',
    breaks: [END, END_IN_ONE_STEP],
    plant: (store) => {
      const owners = new Map<string, string>()
      return {
        async insert(row) {
          if (row.owner !== null) owners.set(row.id, row.owner)
          return store.insert(row)
        },
        async list(owner) {
          await pause()
          return [...store.rows.values()]
            .filter(({ id }) => owners.get(id) === owner)
            .sort(byAge)
            .map(copy)
        },
      }
    },
  },
  {
    name: 'an ended row leaves the list in a second step',
    breaks: [END_IN_ONE_STEP],
    plant: (store) => {
      const leaving = new Map<string, string>()
      return {
        async replace(row) {
          const owner = store.rows.get(row.id)?.owner
          if (owner && row.owner === null) leaving.set(row.id, owner)
          const done = await store.replace(row)
          for (let turns = 0; turns < 6; turns++) await pause()
          leaving.delete(row.id)
          return done
        },
        async list(owner) {
          const rows = await store.list(owner)
          for (const [id, left] of leaving) {
            const row = store.rows.get(id)
            if (left === owner && row?.owner === null) rows.push({ ...copy(row), owner })
          }
          return rows
        },
      }
    },
  },
]
