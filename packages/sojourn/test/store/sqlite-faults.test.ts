import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Row, ScannableStore } from '../../src/store/store.js'
import { nextRow, sampleRow, unique } from '../../src/testing/contract/sample.js'
import { fakeClock } from '../../src/testing/index.js'
import { open, openRaw, sqliteFiles } from './sqlite-files.js'

const { newPath } = sqliteFiles()

describe('sqliteStore throws STORE_UNAVAILABLE', () => {
  const verbsOf = (store: ScannableStore, row: Row): (() => Promise<unknown>)[] => [
    () => store.insert(row),
    () => store.get(row.id),
    () => store.replace(nextRow(row)),
    () => store.remove(row.id),
    () => store.list(row.owner ?? ''),
    () => store.scan({ from: 0, to: 8.64e15, limit: 10 }),
  ]

  it('from every verb once it is closed, and closes twice', async () => {
    const store = await open(newPath())
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    await store.close()
    await store.close()
    for (const verb of verbsOf(store, row)) await expect(verb()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 })
  })

  it('from every verb that meets a damaged file, without a word of what is in it', async () => {
    const path = newPath()
    const first = await open(path)
    const rows = Array.from({ length: 200 }, () => sampleRow({ owner: unique(), data: new Uint8Array(900) }))
    for (const row of rows) await first.insert(row)
    await first.close()
    const file = openSync(path, 'r+')
    // All pages but the first, which has the header and the schema.
    writeSync(file, new Uint8Array(statSync(path).size - 4_096).fill(0x5a), 0, undefined, 4_096)
    closeSync(file)
    const second = await open(path)
    const row = rows[7] ?? sampleRow()
    for (const verb of verbsOf(second, row)) {
      const fault: unknown = await verb().then(
        () => 'answered',
        (thrown: unknown) => thrown,
      )
      expect(fault, `${verb}`).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      expect(String(fault)).not.toContain(row.id)
    }
  })

  it('when the file is full, and goes on with what still fits', async () => {
    const store = await open(newPath(), { maxSize: 400_000 })
    const kept: Row[] = []
    let fault: unknown
    while (fault === undefined && kept.length < 1_000) {
      const row = sampleRow({ data: new Uint8Array(8_000) })
      await store.insert(row).then(
        () => kept.push(row),
        (thrown: unknown) => {
          fault = thrown
        },
      )
    }
    expect(fault).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(kept.length).toBeGreaterThan(20)
    for (const { id } of kept) expect(await store.get(id)).toBeDefined()
    for (const { id } of kept.splice(0, 10)) expect(await store.remove(id)).toBeDefined()
    expect(await store.insert(sampleRow())).toBe(1)
  })

  it('when another process holds the file for too long, while other work goes on', async () => {
    const path = newPath()
    const clock = fakeClock()
    const store = await open(path, { busyTimeout: 1_000, clock })
    const row = sampleRow()
    await store.insert(row)
    const other = openRaw(path)
    other.exec('begin immediate')
    let outcome: unknown
    const writing = store.remove(row.id).then(
      (answer) => {
        outcome = answer
      },
      (thrown: unknown) => {
        outcome = thrown
      },
    )
    await clock.advance(999)
    expect(await store.get(row.id), 'readers do not wait').toBeDefined()
    expect(outcome, 'still waiting').toBeUndefined()
    await clock.advance(1)
    await writing
    expect(outcome).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    other.exec('rollback')
    expect(await store.remove(row.id), 'nothing was done, and it can be done again').toBeDefined()
  })

  it('never to a write that only has to wait until the other process is done', async () => {
    const path = newPath()
    const clock = fakeClock()
    const store = await open(path, { busyTimeout: 1_000, clock })
    const other = openRaw(path)
    other.exec('begin immediate')
    const writing = store.insert(sampleRow())
    await clock.advance(500)
    other.exec('commit')
    expect(await writing).toBe(1)
  })
})
