import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sqliteStore } from '../../src/store/sqlite.js'
import { readValue } from '../../src/store/sqlite-driver.js'
import { openSqlite } from '../../src/store/sqlite-open.js'
import type { ScannableStore } from '../../src/store/store.js'
import { sampleRow, textOf, unique } from '../../src/testing/contract/sample.js'
import { alternate } from '../../src/testing/index.js'
import { contractOn } from './contract-on.js'
import { open, openRaw, sqliteFiles } from './sqlite-files.js'

const { newPath } = sqliteFiles()

describe('sqliteStore keeps the store contract', async () => {
  const shared = newPath()
  const inMemory = await sqliteStore({ path: ':memory:' })
  const inFile = await sqliteStore({ path: newPath() })
  const twoHandles = alternate([await sqliteStore({ path: shared }), await sqliteStore({ path: shared })]) as ScannableStore

  describe('in memory', () => contractOn(() => inMemory))
  describe('in a file', () => contractOn(() => inFile))
  describe('on two handles to one file', () => contractOn(() => twoHandles))
})

describe('the file of sqliteStore', () => {
  it('is readable by its owner only, and so are the folder, the log and the index beside it', async () => {
    const before = process.umask(0)
    try {
      const path = newPath()
      const store = await open(path)
      await store.insert(sampleRow())
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
      const modes = Object.fromEntries(readdirSync(dirname(path)).map((name) => [name, statSync(join(dirname(path), name)).mode & 0o777]))
      expect(modes).toEqual({ 'sessions.db': 0o600, 'sessions.db-shm': 0o600, 'sessions.db-wal': 0o600 })
    } finally {
      process.umask(before)
    }
  })

  it('names its folder as the home of the store; a store in memory has none', async () => {
    const path = newPath()
    expect((await open(path)).home).toBe(dirname(path))
    expect((await open(':memory:')).home).toBeUndefined()
  })

  it('waits for the disk at each commit, lets readers go on beside a writer, and runs nothing that is hidden in its schema', async () => {
    const { db } = await openSqlite({ path: newPath(), prefix: '', maxSize: undefined }, async (attempt) => attempt())
    const settings = ['synchronous', 'journal_mode', 'trusted_schema'].map((name) => readValue(db, `pragma ${name}`))
    db.close()
    expect(settings).toEqual([2, 'wal', 0])
  })

  it('holds its rows when it is opened again', async () => {
    const path = newPath()
    const row = sampleRow({ owner: unique() }, 'kept')
    const first = await open(path)
    await first.insert(row)
    await first.close()
    const second = await open(path)
    expect(textOf(await second.get(row.id))).toBe('kept')
    expect(await second.list(row.owner ?? '')).toHaveLength(1)
  })

  it('is never read through by a scan of the table', async () => {
    const path = newPath()
    await open(path)
    const plan = (query: string): string => JSON.stringify(openRaw(path).prepare(`explain query plan ${query}`).all())
    const queries = {
      id: `select * from sojourn_rows where id = 'a'`,
      owner: `select count(*) from sojourn_rows where owner = 'a'`,
      expiry: 'select * from sojourn_rows where (expires_at, id) > (1, 1) and expires_at < 5 order by expires_at, id limit 3',
    }
    for (const [index, query] of Object.entries(queries)) {
      expect(plan(query)).toContain(`sojourn_rows_${index}`)
      expect(plan(query)).not.toMatch(/SCAN|TEMP B-TREE/)
    }
  })

  it('can hold the stores of several applications, each under its prefix [STO-8 ATK-055]', async () => {
    const path = newPath()
    const [one, two, plain] = [await open(path, { prefix: 'one_' }), await open(path, { prefix: 'two_' }), await open(path)]
    const row = sampleRow({}, 'one')
    await one.insert(row)
    expect(await two.get(row.id)).toBeUndefined()
    expect(await plain.get(row.id)).toBeUndefined()
    expect(textOf(await (await open(path, { prefix: 'one_' })).get(row.id))).toBe('one')
  })
})
