import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionManager } from 'sojourn'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/open-store.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sojourn-open-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a store by description', () => {
  it('is opened by its type, and a file by each of its names', async () => {
    for (const storage of [undefined, { type: 'memory' }, { type: 'memory', maxSize: 2 }, { type: 'memory', replication: 1 }] as const) {
      await (await openStore(storage)).close()
    }
    const path = join(folder, 'a.db')
    for (const storage of [
      { type: 'sqlite', path },
      { type: 'sqlite', connectionString: `sqlite:${path}` },
      { type: 'database', connectionString: `sqlite:${path}` },
    ] as const) {
      const store = await openStore(storage)
      expect(store.home).toBe(folder)
      await store.close()
    }
  })

  it('is bounded when a bound is given', async () => {
    await using sessions = await createSessionManager({ storage: { type: 'memory', maxSize: 1 } })
    await sessions.createSession('alice')
    await expect(sessions.createSession('bob')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it.each([
    ['no type', {}, 'storage.type'],
    ['a type that is none', { type: 'mongodb' }, 'storage.type'],
    ['a name that every object has', { type: 'constructor' }, 'storage.type'],
    ['a file without a path', { type: 'sqlite' }, 'storage.path'],
    ['two paths', { type: 'sqlite', path: 'a', connectionString: 'b' }, 'storage.path'],
    ['copies where there is one', { type: 'sqlite', path: 'a', replication: 3 }, 'storage.replication'],
    ['half a copy', { type: 'redis', url: 'redis://127.0.0.1:1', replication: 1.5 }, 'storage.replication'],
    ['a size that is set elsewhere', { type: 'redis', url: 'redis://127.0.0.1:1', maxSize: 5 }, 'storage.maxSize'],
    ['no size at all', { type: 'memory', maxSize: 0 }, 'storage.maxSize'],
    ['an option that is none', { type: 'memory', tll: '8h' }, 'storage.tll'],
    ['no store at all', 5, 'storage'],
  ])('is refused for %s, with the path', async (_name, storage, path) => {
    await expect(openStore(storage as never)).rejects.toMatchObject({ code: 'CONFIG_INVALID', path })
  })

  it('that cannot be reached is an outage, and no session manager', async () => {
    for (const storage of [
      { type: 'redis', url: 'redis://127.0.0.1:1' },
      { type: 'postgres', url: 'postgres://127.0.0.1:1/sessions' },
      { type: 'memcached', servers: '127.0.0.1:1' },
    ] as const) {
      await expect(createSessionManager({ storage }), storage.type).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    }
  })
})
