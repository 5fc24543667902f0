import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import type { Watch } from '../../src/signal/signal.js'
import type { ScannableStore } from '../../src/store/store.js'
import { nextRow, sampleRow } from '../../src/testing/contract/sample.js'
import { open, openRaw, sqliteFiles } from './sqlite-files.js'

const files = sqliteFiles()

function watchOn(store: ScannableStore): Watch {
  const watch = store.watching?.watch()
  if (watch === undefined) throw new Error('this store cannot be watched')
  // What was before is not known, and nothing is kept of it.
  expect(watch.unheard()).toBe('all')
  return watch
}

describe('a watch on a file of sqliteStore', () => {
  it('tells what other connections have announced, once, in order, and nothing else', async () => {
    const path = files.newPath()
    const [store, other] = [await open(path), await open(path)]
    const watch = watchOn(store)
    const row = sampleRow()
    await other.insert(row)
    expect(watch.unheard()).toEqual([])
    await other.replace(nextRow(row))
    expect(watch.unheard()).toEqual([])
    await other.replace(nextRow(nextRow(row)), 'said')
    await other.remove(row.id, undefined, 'said')
    expect(watch.unheard()).toEqual([
      { id: row.id, version: 3 },
      { id: row.id, version: Number.POSITIVE_INFINITY },
    ])
    expect(watch.unheard()).toEqual([])
  })

  it('tells what its own connection has announced', async () => {
    const store = await open(files.newPath())
    const watch = watchOn(store)
    const row = sampleRow()
    await store.insert(row)
    await store.replace(nextRow(row), 'said')
    expect(watch.unheard()).toContainEqual({ id: row.id, version: 2 })
  })

  it('says nothing of a change that was not made', async () => {
    const path = files.newPath()
    const [store, other] = [await open(path), await open(path)]
    const watch = watchOn(store)
    const row = sampleRow()
    await other.insert(row)
    expect(await other.replace(nextRow(nextRow(row)), 'said')).toBe(false)
    expect(await other.remove('ab-missing', undefined, 'said')).toBeUndefined()
    expect(watch.unheard()).toEqual([])
  })

  it('says `all` when it has fallen behind, and goes on from there', async () => {
    const path = files.newPath()
    const [store, other] = [await open(path), await open(path)]
    const watch = watchOn(store)
    const rows = Array.from({ length: 1_200 }, () => sampleRow())
    await Promise.all(rows.map((row) => other.insert(row)))
    await Promise.all(rows.map((row) => other.replace(nextRow(row), 'said')))
    expect(watch.unheard()).toBe('all')
    const [row = sampleRow()] = rows
    await other.replace(nextRow(nextRow(row)), 'said')
    expect(watch.unheard()).toEqual([{ id: row.id, version: 3 }])
    const raw = openRaw(path)
    await other.replace(nextRow(nextRow(nextRow(row))), 'said')
    raw.exec('delete from sojourn_changes')
    await other.replace(nextRow(nextRow(nextRow(nextRow(row)))), 'said')
    expect(watch.unheard()).toBe('all')
  })

  it('keeps no more than the last changes in the file', async () => {
    const path = files.newPath()
    const store = await open(path)
    openRaw(path).exec(`insert into sojourn_changes (seq, id, version) values (30000, 'a', 1)`)
    const row = sampleRow()
    await store.insert(row)
    let last = row
    for (let changed = 0; changed < 200; changed++) {
      last = nextRow(last)
      await store.replace(last, 'said')
    }
    expect(openRaw(path).prepare('select count(*) as count, min(seq) as least from sojourn_changes').get()).toMatchObject({
      count: 201,
      least: 30_000,
    })
    openRaw(path).exec(`insert into sojourn_changes (seq, id, version) values (60000, 'a', 1)`)
    for (let changed = 0; changed < 200; changed++) {
      last = nextRow(last)
      await store.replace(last, 'said')
    }
    expect(openRaw(path).prepare('select min(seq) as least from sojourn_changes').get()).toMatchObject({ least: 60_000 })
  })

  it('is given to files that were made before there was one', async () => {
    const path = files.newPath()
    const row = sampleRow()
    const before = await open(path)
    await before.insert(row)
    await before.close()
    openRaw(path).exec('drop table sojourn_changes; pragma user_version = 1')
    const store = await open(path)
    expect((await store.get(row.id))?.version).toBe(1)
    const watch = watchOn(store)
    await (await open(path)).replace(nextRow(row), 'said')
    expect(watch.unheard()).toEqual([{ id: row.id, version: 2 }])
  })

  it('lets nobody in who was logged out through a manager that keeps nothing in memory itself [TRM-1 ATK-024]', async () => {
    const path = files.newPath()
    const keys = { file: join(files.folder, 'keys.json') }
    const storage = { type: 'sqlite', path } as const
    await using keeps = await createSessionManager({ storage, keys })
    await using keepsNothing = await createSessionManager({ storage, keys, cache: { maxSessions: 0 } })
    const { token } = await keeps.createSession('alice')
    expect(await keeps.validateSession(token)).toMatchObject({ isValid: true })
    expect(await keepsNothing.terminateSession(token)).toMatchObject({ level: 'everywhere' })
    expect(await keeps.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
  })
})
