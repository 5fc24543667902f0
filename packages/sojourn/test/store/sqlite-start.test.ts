import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sqliteStore } from '../../src/store/sqlite.js'
import { loadSqlite } from '../../src/store/sqlite-driver.js'
import { open, openRaw, sqliteFiles } from './sqlite-files.js'

const { folder, newPath } = sqliteFiles()
const { DatabaseSync } = await loadSqlite()

describe('sqliteStore refuses at the start', () => {
  it.each([
    ['path', { path: '' }],
    ['path', { path: 'a\0b' }],
    ['prefix', { path: ':memory:', prefix: 'x; drop table y' }],
    ['prefix', { path: ':memory:', prefix: 'Upper_' }],
    ['busyTimeout', { path: ':memory:', busyTimeout: Number.NaN }],
    ['maxSize', { path: ':memory:', maxSize: 10 }],
  ] as const)('a bad %s: %j', async (field, options) => {
    await expect(sqliteStore(options)).rejects.toMatchObject({ code: 'CONFIG_INVALID', path: field })
  })

  it('a file that a newer release has made, and leaves it alone', async () => {
    const path = newPath()
    await (await open(path)).close()
    const raw = openRaw(path)
    raw.exec('pragma user_version = 99')
    await expect(sqliteStore({ path })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/made by a newer Sojourn/),
    })
    expect(raw.prepare('pragma user_version').get()).toMatchObject({ user_version: 99 })
  })

  it.each(['create table users (id)', 'pragma user_version = 7', 'pragma application_id = 7'])(
    'a database of another program: %s',
    async (sql) => {
      const path = newPath()
      const raw = openRaw(path)
      raw.exec(sql)
      const bytes = readFileSync(path)
      await expect(sqliteStore({ path })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/another program/),
      })
      expect(readFileSync(path).equals(bytes), 'the file is as it was').toBe(true)
    },
  )

  it('a file that is not a database', async () => {
    const path = newPath()
    mkdirSync(dirname(path))
    writeFileSync(path, 'a text, which a database is not. '.repeat(500))
    await expect(sqliteStore({ path })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/not a database/),
    })
  })

  it('a folder in which it may not write', async () => {
    const closed = join(folder, 'closed')
    mkdirSync(closed, { mode: 0o500 })
    chmodSync(folder, 0o755)
    // Root may write everywhere.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    try {
      await expect(sqliteStore({ path: join(closed, 'new.db') })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/permission denied/),
      })
      await expect(sqliteStore({ path: join(closed, 'deeper', 'new.db') })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  it('a file it may read but not write', async () => {
    const path = newPath()
    await (await open(path)).close()
    chmodSync(path, 0o444)
    chmodSync(dirname(path), 0o555)
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    try {
      await expect(sqliteStore({ path })).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/readonly|unable to open/),
      })
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  it('a Node without SQLite where the package is missing, and says what to run', async () => {
    const missing = { builtIn: () => undefined, fromPackage: () => Promise.reject(new Error('Cannot find package')) }
    await expect(loadSqlite(missing)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/npm i @photostructure\/sqlite/),
    })
    const wrong = { builtIn: () => ({}), fromPackage: () => Promise.resolve({}) }
    await expect(loadSqlite(wrong)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('nothing when the driver is built in: the package is not even asked for', async () => {
    const builtIn = { builtIn: () => ({ DatabaseSync }), fromPackage: () => Promise.reject(new Error('asked for')) }
    expect((await loadSqlite(builtIn)).DatabaseSync).toBe(DatabaseSync)
  })
})
