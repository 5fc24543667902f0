import type { Row } from '../../../src/store/store.js'
import { ABSENT, BYTES, EXPIRED, type Fault, GIVEN_ARRAY, IDS, KEPT, MILLIS } from './fault.js'
import { countOf, pause } from './plain-store.js'

export const dataFaults: readonly Fault[] = [
  {
    name: 'shared object: it keeps and hands out the caller’s own',
    breaks: [GIVEN_ARRAY, KEPT],
    plant: ({ rows }) => ({
      async insert(row) {
        if (rows.has(row.id)) return 0
        rows.set(row.id, row)
        return row.owner === null ? 1 : countOf(rows, row.owner)
      },
      get: async (id) => rows.get(id),
    }),
  },
  {
    name: 'it copies what it is given, but late',
    breaks: [GIVEN_ARRAY],
    plant: (store) => ({
      async insert(row) {
        await pause()
        return store.insert(row)
      },
    }),
  },
  {
    name: 'it hands out its own array',
    breaks: [KEPT],
    plant: ({ rows }) => ({
      async get(id) {
        await pause()
        return rows.get(id)
      },
    }),
  },
  {
    name: 'bytes pass through text',
    breaks: [BYTES],
    plant: (store) => ({
      insert: (row) => store.insert({ ...row, data: new TextEncoder().encode(new TextDecoder().decode(row.data)) }),
    }),
  },
  {
    name: 'a view is stored with all of the array behind it',
    breaks: [BYTES],
    plant: (store) => ({ insert: (row) => store.insert({ ...row, data: new Uint8Array(row.data.buffer) }) }),
  },
  {
    name: 'instants are kept as seconds',
    breaks: [MILLIS],
    plant: (store) => ({ insert: (row) => store.insert({ ...row, expiresAt: Math.floor(row.expiresAt / 1_000) * 1_000 }) }),
  },
  {
    name: 'instants are kept in 32 bits',
    breaks: [MILLIS],
    plant: (store) => ({ insert: (row) => store.insert({ ...row, createdAt: row.createdAt | 0 }) }),
  },
  {
    name: 'ids are compared without regard to case',
    breaks: [IDS],
    plant: (store) => ({
      async insert(row) {
        const taken = [...store.rows.keys()].some((id) => id.toLowerCase() === row.id.toLowerCase())
        return taken ? 0 : store.insert(row)
      },
    }),
  },
  {
    name: 'it hides expired rows',
    breaks: [EXPIRED],
    plant: (store) => ({
      async get(id) {
        const row = await store.get(id)
        return row && row.expiresAt > Date.now() ? row : undefined
      },
    }),
  },
  {
    name: 'a plain object as the map',
    breaks: [ABSENT],
    plant: (store) => ({
      async get(id) {
        const inherited: unknown = Reflect.get({}, id)
        return inherited === undefined ? store.get(id) : (inherited as Row)
      },
    }),
  },
]
