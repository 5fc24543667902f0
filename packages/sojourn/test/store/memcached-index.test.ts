import { describe, expect, it, onTestFinished } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.js'
import { exptime } from '../../src/store/memcached/exptime.js'
import { decodeIndex, encodeIndex } from '../../src/store/memcached/stored-index.js'
import { memcachedStore } from '../../src/store/memcached.js'
import type { Row, Store } from '../../src/store/store.js'
import { nextRow, sampleRow, textOf, unique } from '../../src/testing/contract/sample.js'
import { startMemcached } from '../servers/memcached.js'
import { startProxy } from '../servers/memcached-proxy.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const server = await startMemcached('-M')
const proxy = await startProxy(server)

async function open(options: Partial<Parameters<typeof memcachedStore>[0]> = {}): Promise<Store> {
  const store = await memcachedStore({ servers: [server.address], ...options })
  onTestFinished(() => store.close())
  return store
}

const loseRow = (id: string): Promise<string> => server.raw(`md sojourn:r:${id}\r\n`)
const loseIndex = (owner: string | null): Promise<string> => server.raw(`md sojourn:u:${owner}\r\n`)

/** Seconds until memcached drops what is under a key; -1 for never, undefined if there is nothing. */
async function lifeOf(key: string): Promise<number | undefined> {
  const match = /^HD t(-?\d+)/.exec(await server.raw(`mg ${key} t\r\n`))
  return match === null ? undefined : Number(match[1])
}

async function idsInIndex(owner: string): Promise<readonly string[]> {
  const key = `sojourn:u:${owner}`
  const answer = Buffer.from(await server.raw(`mg ${key} v\r\n`), 'latin1')
  const start = answer.indexOf('\r\n') + 2
  return answer.toString('latin1').startsWith('VA') ? decodeIndex(key, answer.subarray(start, answer.length - '\r\nMN\r\n'.length)).ids : []
}

describe('a row of memcachedStore whose index is lost', () => {
  it('is there for nobody', async () => {
    const [store, other] = [await open(), await open()]
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    await loseIndex(row.owner)
    for (const handle of [store, other]) {
      expect(await handle.get(row.id)).toBeUndefined()
      expect(await handle.list(row.owner ?? '')).toEqual([])
      expect(await handle.replace(nextRow(row))).toBe(false)
      expect(await handle.replace(nextRow(row, { owner: null }))).toBe(false)
      expect(await handle.remove(row.id)).toBeUndefined()
    }
  })

  it('does not come back with the next row of its owner', async () => {
    const store = await open()
    const [lost, next] = [sampleRow({ owner: unique() }), sampleRow()]
    await store.insert(lost)
    await loseIndex(lost.owner)
    expect(await store.insert({ ...next, owner: lost.owner })).toBe(1)
    expect(await store.get(lost.id)).toBeUndefined()
    expect((await store.list(lost.owner ?? '')).map(({ id }) => id)).toEqual([next.id])
  })

  it('makes room for a new row under its id, once no insertion can be under way', async () => {
    const store = await open()
    const row = sampleRow({ owner: unique() }, 'lost')
    await store.insert(row)
    await loseIndex(row.owner)
    const later: Clock = { ...systemClock, now: () => systemClock.now() + 61_000 }
    const again = sampleRow({ id: row.id, owner: row.owner }, 'again')
    const afterwards = await open({ clock: later })
    expect(await afterwards.insert(again)).toBe(1)
    expect((await store.list(row.owner ?? '')).map(textOf)).toEqual(['again'])
    expect(await store.replace(nextRow(row, { version: 3 }))).toBe(false)
  })
})

describe('an insertion into memcachedStore that stops after its row', () => {
  /** Leaves the row of an insertion that got no further. */
  async function halfInserted(row: Row): Promise<void> {
    const store = await open({ servers: [proxy.address] })
    proxy.gate = async (piece) => {
      if (piece.includes('ms sojourn:u:')) proxy.cut()
    }
    await expect(store.insert(row)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    proxy.gate = undefined
    proxy.mend()
  }

  it('leaves nothing that anybody finds', async () => {
    const store = await open()
    const row = sampleRow({ owner: unique() })
    await halfInserted(row)
    expect(await lifeOf(`sojourn:r:${row.id}`)).toBeGreaterThan(0)
    expect(await store.get(row.id)).toBeUndefined()
    expect(await store.list(row.owner ?? '')).toEqual([])
    expect(await store.insert(sampleRow({ owner: row.owner }))).toBe(1)
  })

  it('is ended by who finds the id taken, so that "taken" is true', async () => {
    const store = await open()
    const row = sampleRow({ owner: unique() }, 'first')
    await halfInserted(row)
    expect(await store.insert({ ...row, data: new Uint8Array(3) })).toBe(0)
    expect(textOf(await store.get(row.id))).toBe('first')
    expect(await store.list(row.owner ?? '')).toHaveLength(1)
  })
})

describe('the index of memcachedStore', () => {
  it('that is read after a row was ended tells the end, not that there is no such row', async () => {
    const [slow, store] = [await open({ servers: [proxy.address] }), await open()]
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    proxy.gate = async (piece) => {
      if (!piece.includes('mg sojourn:u:')) return
      proxy.gate = undefined
      expect(await store.replace(nextRow(row, { owner: null }))).toBe(true)
    }
    expect(await slow.get(row.id)).toMatchObject({ version: 2, owner: null })
  })

  it('loses the entries whose rows are gone when it is listed, and counts right from then on', async () => {
    const store = await open()
    const owner = unique()
    const rows = Array.from({ length: 5 }, () => sampleRow({ owner }))
    for (const row of rows) await store.insert(row)
    for (const row of rows.slice(0, 3)) await loseRow(row.id)
    expect(await store.insert(sampleRow({ owner })), 'never fewer than there are').toBeGreaterThanOrEqual(3)
    expect(await store.list(owner)).toHaveLength(3)
    expect(await idsInIndex(owner)).toHaveLength(3)
    expect(await store.insert(sampleRow({ owner }))).toBe(4)
  })

  it('is gone with its last row', async () => {
    const store = await open()
    const [ended, removed, lost] = [sampleRow({ owner: unique() }), sampleRow({ owner: unique() }), sampleRow({ owner: unique() })]
    for (const row of [ended, removed, lost]) await store.insert(row)
    await store.replace(nextRow(ended, { owner: null }))
    await store.remove(removed.id)
    await loseRow(lost.id)
    await store.list(lost.owner ?? '')
    for (const { owner } of [ended, removed, lost]) expect(await lifeOf(`sojourn:u:${owner}`)).toBeUndefined()
  })

  it('never loses the entry of a row that is inserted while it is tidied', async () => {
    const stores = await Promise.all([open(), open(), open()])
    const [writer] = stores
    const row = sampleRow({ owner: unique() })
    let isDone = false
    const tidy = async (store: Store): Promise<void> => {
      while (!isDone) await store.list(row.owner ?? '')
    }
    const write = async (): Promise<void> => {
      try {
        for (let round = 0; round < 300; round++) {
          expect(await writer?.insert(row)).toBe(1)
          expect(await writer?.get(row.id), `round ${round}`).toBeDefined()
          // Row first, as a removal that stopped half-way leaves it, or both.
          if (round % 2 === 0) await loseRow(row.id)
          else await writer?.remove(row.id)
        }
      } finally {
        isDone = true
      }
    }
    await Promise.all([write(), ...stores.map(tidy)])
  })

  it('is full at maxPerOwner: a row more is refused and leaves nothing behind', async () => {
    const store = await open({ maxPerOwner: 3 })
    const owner = unique()
    const rows = Array.from({ length: 3 }, () => sampleRow({ owner }))
    for (const row of rows) await store.insert(row)
    const fourth = sampleRow({ owner })
    await expect(store.insert(fourth)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/3 rows.*maxPerOwner/),
    })
    expect(await lifeOf(`sojourn:r:${fourth.id}`)).toBeUndefined()
    expect(await store.list(owner)).toHaveLength(3)
    await loseRow(rows[1]?.id ?? '')
    expect(await store.insert(fourth), 'entries of lost rows take no room').toBe(3)
  })

  it('that is damaged, or belongs to somebody else, is an outage and not an empty list', async () => {
    const store = await open()
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    const key = `sojourn:u:${row.owner}`
    const stolen = encodeIndex('sojourn:u:other', { ids: [row.id], until: 0 }).toString('latin1')
    for (const bytes of ['', 'x', stolen]) {
      await server.raw(`ms ${key} ${bytes.length}\r\n${bytes}\r\n`)
      for (const verb of [store.list(row.owner ?? ''), store.get(row.id), store.insert(sampleRow({ owner: row.owner }))]) {
        await expect(verb).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      }
    }
  })

  it('keeps a row that has ended off the list although its entry could not be taken out', async () => {
    const said: string[] = []
    const store = await open({ servers: [proxy.address], logger: { warn: (_, message) => said.push(message) } })
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    proxy.gate = async (piece) => {
      if (/m[sd] sojourn:u:/.test(piece.toString('latin1'))) proxy.cut()
    }
    expect(await store.replace(nextRow(row, { owner: null }))).toBe(true)
    proxy.gate = undefined
    proxy.mend()
    expect(said.filter((message) => message.includes('entry'))).toHaveLength(1)
    const direct = await open()
    expect((await direct.get(row.id))?.version).toBe(2)
    expect(await idsInIndex(row.owner ?? '')).toEqual([row.id])
    expect(await direct.list(row.owner ?? '')).toEqual([])
    expect(await idsInIndex(row.owner ?? '')).toEqual([])
  })
})

describe('what memcachedStore lets memcached drop by itself', () => {
  it('is a day past its expiry, for a row and for its index', async () => {
    const store = await open()
    const row = sampleRow({ owner: unique(), expiresAt: systemClock.now() + HOUR })
    await store.insert(row)
    const within = async (key: string, least: number): Promise<void> => {
      expect(await lifeOf(key)).toBeGreaterThanOrEqual(least / 1_000 - 5)
      expect(await lifeOf(key)).toBeLessThanOrEqual((least + DAY) / 1_000 + 5)
    }
    await within(`sojourn:r:${row.id}`, DAY + HOUR)
    await within(`sojourn:u:${row.owner}`, DAY + HOUR)
    await store.replace(nextRow(row, { expiresAt: systemClock.now() + 40 * DAY }))
    await within(`sojourn:r:${row.id}`, 41 * DAY)
    await within(`sojourn:u:${row.owner}`, 41 * DAY)
    // The index lives as long as any of its rows.
    await store.insert(sampleRow({ owner: row.owner }))
    await within(`sojourn:u:${row.owner}`, 41 * DAY)
  })

  it('is nothing for a day although it expired long ago, and nothing at all of what lives for ever', async () => {
    const store = await open()
    const [old, eternal] = [sampleRow({ owner: unique(), expiresAt: 1 }), sampleRow({ owner: unique(), expiresAt: 8.64e15 })]
    await store.insert(old)
    await store.insert(eternal)
    for (const { id, owner } of [old]) {
      expect(await lifeOf(`sojourn:r:${id}`)).toBeGreaterThan(86_390)
      expect(await lifeOf(`sojourn:u:${owner}`)).toBeGreaterThan(86_390)
    }
    for (const key of [`sojourn:r:${eternal.id}`, `sojourn:u:${eternal.owner}`]) expect(await lifeOf(key)).toBe(-1)
  })

  it.each([
    ['in an hour', 1_800_000_000_000, HOUR, 90_000],
    ['long ago', 1_800_000_000_000, -1e12, 86_400],
    ['in 29 days, the last that is told as a length', 1_800_000_000_000, 29 * DAY, 30 * 86_400],
    ['a moment later, told as an instant', 1_800_000_000_000, 29 * DAY + 1, 1_800_000_000 + 30 * 86_400 + 1],
    ['after January 2038, where its numbers end', 1_800_000_000_000, 2 ** 31 * 1_000 - 1_800_000_000_000, 0],
    ['in an hour, in 2040', 2_208_988_800_000, HOUR, 90_000],
    ['in a year, in 2040', 2_208_988_800_000, 365 * DAY, 0],
  ])('is said in a way that memcached understands: %s', (_, now, after, expected) => {
    expect(exptime(now + after, now)).toBe(expected)
  })
})
