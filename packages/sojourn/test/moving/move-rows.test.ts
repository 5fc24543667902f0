import { createSessionManager, type SessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { sqliteStore } from 'sojourn/sqlite'
import { describe, expect, it } from 'vitest'
import { copyRows } from '../../src/moving/copy-rows.js'
import { moveRows } from '../../src/moving/move-rows.js'
import { movingStore } from '../../src/moving/moving-store.js'
import { rowsChecksum } from '../../src/moving/rows-checksum.js'
import type { Row, ScannableStore } from '../../src/store/store.js'
import { bytesOf, sampleRow, textOf, unique } from '../../src/testing/contract/sample.js'
import { SEED, seeded } from '../behaviour/seeded.js'
import { rowsOf } from './restless-store.js'
import { shakenStore } from './shaken-store.js'

const KEYS = { master: Uint8Array.from({ length: 32 }, (_, i) => (i * 73 + 41) & 255) }
const OTHER_KEYS = { master: Uint8Array.from({ length: 32 }, (_, i) => (i * 151 + 97) & 255) }
const RING = 'aakeyring'

const byId = (a: Row, b: Row): number => (a.id < b.id ? -1 : 1)
const sorted = async (store: ScannableStore): Promise<Row[]> => (await rowsOf(store)).sort(byId)

async function filled(count: number): Promise<ScannableStore> {
  const store = await memoryStore()
  for (let place = 0; place < count; place++) {
    await store.insert(sampleRow({ owner: place % 3 === 0 ? null : unique(), version: 1 + (place % 4), expiresAt: place }, `row ${place}`))
  }
  return store
}

/** The store goes on when the manager is closed. */
const managerOn = (store: ScannableStore, keys = KEYS): Promise<SessionManager> =>
  createSessionManager({ storage: { ...store, isVolatile: false, close: async () => {} }, keys, cleanupInterval: 0 })

describe('moveRows', () => {
  it('moves every row unchanged, reads each back, and leaves the old store empty', async () => {
    const from = await filled(1_234)
    const before = await sorted(from)
    const to = await sqliteStore({ path: ':memory:' })
    const moved = await moveRows(from, to)
    expect(await sorted(to)).toEqual(before)
    expect(await rowsOf(from)).toEqual([])
    expect(moved).toMatchObject({
      moved: 1_234,
      verified: 1_234,
      superseded: 0,
      isDone: true,
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(moved.readBack).toBe(moved.checksum)
    expect(await moveRows(from, to), 'again').toMatchObject({ moved: 0, isDone: true, checksum: '0'.repeat(64) })
  })

  it('has the same checksum in whatever order, and another one when one bit differs', async () => {
    const from = await filled(20)
    const rows = await sorted(from)
    const sumOf = async (given: readonly Row[]): Promise<string> => {
      const store = await memoryStore()
      for (const row of given) await store.insert(row)
      return (await moveRows(store, await memoryStore())).checksum
    }
    const sum = await sumOf(rows)
    expect(await sumOf(rows.toReversed().map((row, place) => ({ ...row, expiresAt: rows.at(-1 - place)?.expiresAt ?? 0 })))).toBe(sum)
    const [first, ...others] = rows as [Row, ...Row[]]
    for (const other of [
      { ...first, version: 9 },
      { ...first, owner: 'abx' },
      { ...first, createdAt: 1 },
      { ...first, data: bytesOf('row X') },
    ]) {
      expect(await sumOf([other, ...others])).not.toBe(sum)
    }
  })

  it('moves the key ring first', async () => {
    const from = await filled(30)
    const to = await memoryStore()
    await (await managerOn(from)).close()
    expect(await moveRows(from, to, { limit: 1 })).toMatchObject({ moved: 1, isDone: false })
    expect((await rowsOf(to)).map(({ id }) => id)).toEqual([RING])
  })

  it('is not done while a node of before the move still writes: it walks until nothing is left', async () => {
    const from = await filled(10)
    let more = 3
    const to = await memoryStore()
    const busy = {
      ...to,
      async insert(row: Row): Promise<number> {
        // Behind the walk, where it has been.
        if (more-- > 0) await from.insert(sampleRow({ expiresAt: 0, id: `aa${'0'.repeat(more)}` }))
        return await to.insert(row)
      },
    }
    expect(await moveRows(from, busy)).toMatchObject({ moved: 13, isDone: true })
    expect(await rowsOf(from)).toEqual([])
  })

  it('sums up rows so that one that is there twice does not cancel itself out', () => {
    const sum = rowsChecksum()
    const row = sampleRow()
    for (const times of [1, 2, 3, 4]) {
      const before = sum.text()
      sum.add(row)
      expect(sum.text(), `${times} times`).not.toBe(before)
      expect(sum.text()).not.toBe(rowsChecksum().text())
    }
  })

  it('moves in portions, and tells how far it is and how much is left', async () => {
    const from = await filled(100)
    const to = await memoryStore()
    const told: unknown[] = []
    expect(await moveRows(from, to, { limit: 40, count: true, onProgress: (so) => told.push(so) })).toMatchObject({
      moved: 40,
      isDone: false,
    })
    expect(told.at(-1)).toEqual({ moved: 40, left: 60 })
    expect(await rowsOf(to)).toHaveLength(40)
    expect(await moveRows(from, to, { limit: 60 })).toMatchObject({ moved: 60, isDone: true })
    expect(await moveRows(from, to, { limit: 0 })).toMatchObject({ moved: 0 })
  })

  it('counts a row as superseded of which the new store has a newer version, which stays', async () => {
    const from = await filled(10)
    const to = await memoryStore()
    const [row] = (await rowsOf(from)) as [Row]
    await to.insert({ ...row, version: 9, data: bytesOf('newer') })
    const moved = await moveRows(from, to)
    expect(moved).toMatchObject({ moved: 10, verified: 9, superseded: 1, isDone: true })
    expect(moved.readBack).toBe(moved.checksum)
    expect(textOf(await to.get(row.id))).toBe('newer')
  })

  it('takes nothing out of the old store that the new one does not give back as it was', async () => {
    const from = await filled(5)
    const to = await memoryStore()
    const forgetful = {
      ...to,
      get: async (id: string) => (await to.get(id)) && { ...(await to.get(id)), data: bytesOf('other') },
    } as ScannableStore
    await expect(moveRows(from, forgetful)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await rowsOf(from)).toHaveLength(5)
  })

  it('refuses a store of another installation, before anything is moved', async () => {
    const [from, to] = [await filled(5), await memoryStore()]
    await (await managerOn(from)).close()
    await (await managerOn(to, OTHER_KEYS)).close()
    for (const act of [moveRows, copyRows]) await expect(act(from, to)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await rowsOf(from)).toHaveLength(6)
    expect(await rowsOf(to)).toHaveLength(1)
  })

  it('can be interrupted anywhere, repeated, and run by several at once', async () => {
    for (let seed = SEED; seed < SEED + 20; seed++) {
      const chance = seeded(seed)
      const from = await filled(60)
      const before = await sorted(from)
      const to = await memoryStore()
      // Cut off after some calls, as by kill -9.
      let left = Math.floor(chance() * 200)
      const cut = (store: ScannableStore): ScannableStore => ({
        ...store,
        insert: (row) => (left-- > 0 ? store.insert(row) : Promise.reject(new Error('cut off'))),
        remove: (id, version) => (left-- > 0 ? store.remove(id, version) : Promise.reject(new Error('cut off'))),
      })
      await moveRows(cut(shakenStore(from, chance)), cut(shakenStore(to, chance))).catch((error: unknown) =>
        expect(String(error)).toContain('cut off'),
      )
      const all = await Promise.all([1, 2, 3].map(() => moveRows(shakenStore(from, chance), shakenStore(to, chance))))
      expect(all.every(({ isDone }) => isDone)).toBe(true)
      expect(await sorted(to), `seed ${seed}`).toEqual(before)
      expect(await rowsOf(from)).toEqual([])
    }
  })

  it('moves the sessions of a running service: nobody is logged out, and nobody who logged out comes back', async () => {
    const [from, to] = [await sqliteStore({ path: ':memory:' }), await memoryStore()]
    const old = await managerOn(from)
    const tokens: string[] = []
    for (let user = 0; user < 40; user++) tokens.push((await old.createSession(`user-${user}`, {}, { data: { user } })).token)
    await old.close()

    const chance = seeded(SEED)
    const nodes = [
      await managerOn(movingStore(shakenStore(from, chance), to)),
      await managerOn(movingStore(from, shakenStore(to, chance))),
    ] as const
    const left = new Set<number>()
    const work = async (node: SessionManager): Promise<void> => {
      for (let round = 0; round < 60; round++) {
        const user = Math.floor(chance() * tokens.length)
        const token = tokens[user] ?? ''
        const hadLeft = left.has(user)
        if (chance() < 0.2) {
          await node.terminateSession(token)
          left.add(user)
        } else {
          const result = await node.validateSession(token)
          if (hadLeft) expect(result.isValid).toBe(false)
          else if (!left.has(user)) expect(result).toMatchObject({ isValid: true, session: { data: { user } } })
        }
      }
    }
    const [moved] = await Promise.all([moveRows(shakenStore(from, chance), shakenStore(to, chance)), ...nodes.map(work)])
    expect(moved).toMatchObject({ isDone: true, readBack: moved.checksum })
    for (const node of nodes) await node.close()

    const after = await managerOn(to)
    for (const [user, token] of tokens.entries()) expect((await after.validateSession(token)).isValid, `user ${user}`).toBe(!left.has(user))
    await after.close()
    expect(await rowsOf(from)).toEqual([])
  })
})

describe('copyRows', () => {
  it('copies every row unchanged, reads each back, and leaves the old store as it was', async () => {
    const from = await filled(1_234)
    await (await managerOn(from)).close()
    const before = await sorted(from)
    const to = await sqliteStore({ path: ':memory:' })
    const told: number[] = []
    const copied = await copyRows(from, to, { onProgress: (so) => told.push(so.copied) })
    expect(copied).toMatchObject({ copied: 1_235, verified: 1_235, superseded: 0 })
    expect(copied.readBack).toBe(copied.checksum)
    expect(told.at(-1)).toBe(1_235)
    for (const store of [from, to]) expect(await sorted(store)).toEqual(before)
    expect(await copyRows(from, to), 'again').toEqual(copied)
  })

  it('brings an interrupted copy, or an older one, up to date', async () => {
    const from = await filled(20)
    const rows = await sorted(from)
    const to = await memoryStore()
    for (const row of rows.slice(0, 8)) await to.insert({ ...row, version: 1, data: bytesOf('older') })
    await copyRows(from, to)
    expect(await sorted(to)).toEqual(rows)
  })

  it('refuses a store with rows that the old one does not have, before anything is written: they may have ended since', async () => {
    const [from, to] = [await filled(5), await memoryStore()]
    await copyRows(from, to)
    const [gone] = (await rowsOf(from)) as [Row]
    await from.remove(gone.id)
    await from.insert(sampleRow())
    await expect(copyRows(from, to)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await rowsOf(to)).toHaveLength(5)
  })

  it('fails if the new store does not give back what it is given', async () => {
    const to = await memoryStore()
    const forgetful = { ...to, get: async () => undefined } as ScannableStore
    await expect(copyRows(await filled(1), forgetful)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
