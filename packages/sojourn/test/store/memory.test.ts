import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/store/memory.js'
import { sampleRow, unique } from '../../src/testing/contract/sample.js'
import { contractOn } from './contract-on.js'

describe('memoryStore', async () => {
  const store = await memoryStore()

  describe('keeps the store contract', () => contractOn(() => store))

  it('has no folder, so keys made for it live in this process', () => {
    expect(store.home).toBeUndefined()
  })

  it('refuses an insert beyond maxRows and says what to do', async () => {
    const small = await memoryStore({ maxRows: 2 })
    const first = sampleRow()
    await small.insert(first)
    await small.insert(sampleRow())
    await expect(small.insert(sampleRow())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      status: 503,
      message: expect.stringMatching(/2 rows.*maxRows/),
    })
    expect(await small.insert(first), 'a taken id').toBe(0)
    await small.remove(first.id)
    expect(await small.insert(sampleRow()), 'after a removal').toBe(1)
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses maxRows: %s', async (maxRows) => {
    await expect(memoryStore({ maxRows })).rejects.toMatchObject({ code: 'CONFIG_INVALID', path: 'maxRows' })
  })

  it.each([0, 1_001, 1.5, Number.NaN])('refuses a page of %s rows', async (limit) => {
    await expect(store.scan({ from: 0, to: 1, limit })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'limit' })
  })

  it.each(['', 'x', '1', '1.', '.a', '1.a b', '99999999999999999.a'])('refuses the place %j in a walk [STO-10 ATK-079]', async (after) => {
    await expect(store.scan({ from: 0, to: 1, limit: 1, after })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'after' })
  })

  it('throws STORE_UNAVAILABLE from every verb once it is closed, and closes twice', async () => {
    const closed = await memoryStore()
    const row = sampleRow({ owner: unique() })
    await closed.insert(row)
    await closed.close()
    await closed.close()
    const verbs = [
      closed.insert(row),
      closed.get(row.id),
      closed.replace(row),
      closed.remove(row.id),
      closed.list(row.owner ?? ''),
      closed.scan({ from: 0, to: 1, limit: 1 }),
    ]
    for (const verb of verbs) await expect(verb).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
