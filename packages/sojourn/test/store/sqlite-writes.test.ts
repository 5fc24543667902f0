import { describe, expect, it } from 'vitest'
import { nextRow, sampleRow, unique } from '../../src/testing/contract/sample.js'
import { open, openRaw, sqliteFiles } from './sqlite-files.js'

const { newPath } = sqliteFiles()

describe('writes of sqliteStore that share a commit', () => {
  it('fail and succeed each by itself', async () => {
    const store = await open(newPath())
    const owner = unique()
    const rows = Array.from({ length: 20 }, () => sampleRow({ owner }))
    const broken = { ...sampleRow({ owner }), expiresAt: Number.NaN }
    const outcomes = await Promise.allSettled([...rows.slice(0, 10), broken, ...rows.slice(10)].map((row) => store.insert(row)))
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map((_, place) => (place === 10 ? 'rejected' : 'fulfilled')))
    expect(outcomes[10]).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } })
    expect(outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))).toEqual(
      rows.map((_, place) => place + 1),
    )
    expect(await store.list(owner)).toHaveLength(20)
  })

  it('are done in the order in which they were asked for', async () => {
    const store = await open(newPath())
    const row = sampleRow({ owner: unique() })
    const answers = await Promise.all([
      store.insert(row),
      store.insert(row),
      store.replace(nextRow(row)),
      store.replace(nextRow(row)),
      store.remove(row.id, 1),
      store.remove(row.id, 2),
      store.insert(row),
    ])
    expect(answers.map((answer) => (typeof answer === 'object' ? answer.version : answer))).toEqual([1, 0, true, false, undefined, 2, 1])
  })

  it('are answered only after the commit, and invisible before it', async () => {
    const path = newPath()
    const store = await open(path)
    const raw = openRaw(path)
    const count = (): unknown => raw.prepare('select count(*) as count from sojourn_rows').get()
    const rows = Array.from({ length: 300 }, () => sampleRow())
    const writing = Promise.all(rows.map((row) => store.insert(row).then(() => count())))
    expect(await store.get(rows[0]?.id ?? ''), 'not committed, so not there').toBeUndefined()
    expect(count()).toEqual(expect.objectContaining({ count: 0 }))
    for (const seen of await writing)
      expect(seen, 'what another process sees when a write is answered').toEqual(expect.objectContaining({ count: 300 }))
  })

  it('are still made when the store is closed right after them', async () => {
    const path = newPath()
    const store = await open(path)
    const rows = Array.from({ length: 2_000 }, () => sampleRow())
    const writing = Promise.all(rows.map((row) => store.insert(row)))
    await store.close()
    expect(new Set(await writing)).toEqual(new Set([1]))
    const again = await open(path)
    expect(await Promise.all(rows.map(async ({ id }) => (await again.get(id))?.id))).toEqual(rows.map(({ id }) => id))
  })
})
