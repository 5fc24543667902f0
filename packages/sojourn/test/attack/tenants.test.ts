import { createSessionManager, type SessionManagerOptions } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { sqliteStore } from 'sojourn/sqlite'
import { describe, expect, it } from 'vitest'
import { tempFolder } from '../store/temp-folder.js'
import { attackBench, MASTER, verdict } from './bench.js'

describe('two applications on one store with one key', () => {
  it('accept neither tokens nor ids of each other, and list nobody of the other [STO-8 ATK-050 ATK-051]', async () => {
    const folder = tempFolder()
    const path = `${folder}/shared.db`
    const open = async (application?: string) => {
      const options: SessionManagerOptions = { storage: await sqliteStore({ path }), keys: { master: MASTER }, cleanupInterval: 0 }
      return await createSessionManager(application === undefined ? options : { ...options, application })
    }
    await using shop = await open('shop')
    await using blog = await open('blog')
    await using plain = await open()
    const user = await shop.createSession('alice', {}, { roles: ['admin'] })
    for (const other of [blog, plain]) {
      expect(await verdict(other, user.token)).toBe('TOKEN_INVALID')
      await expect(other.setSessionPermissions(user.id, ['stolen'])).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
      expect(await other.getSession(user.id)).toBeUndefined()
      expect(await other.getActiveSessions('alice')).toEqual([])
      expect((await other.searchSessions({ status: 'all' })).sessions).toEqual([])
      expect((await other.terminateAllUserSessions('alice')).terminated).toBe(0)
      expect((await other.endSessions({ all: true }, { reason: 'incident' })).terminated).toBe(0)
      await other.terminateSession(user.token)
      expect(other.pseudonym('alice')).not.toBe(shop.pseudonym('alice'))
    }
    expect(await verdict(shop, user.token)).toBe('ok')
    await using again = await open('shop')
    expect(await verdict(again, user.token), 'another process of the same application').toBe('ok')
    expect((await again.searchSessions()).sessions).toHaveLength(1)
  })

  it('have a name that can stand in a store', async () => {
    for (const application of ['', 'a b', '../x', 'x'.repeat(65), 7])
      await expect(createSessionManager({ application: application as string })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        path: 'application',
      })
  })
})

describe('tenants', () => {
  it('have a name, and limits that are checked', async () => {
    await using bench = await attackBench()
    expect(() => bench.sessions.forTenant('')).toThrow(/tenant/)
    for (const tenants of [{ a: { maxConcurrentSessions: 0 } }, { a: { idleTimeout: '5m' } }, { a: 7 }, []])
      await expect(createSessionManager({ tenants: tenants as never })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    for (const bad of [
      { pendingLifetime: 0 },
      { pendingLifetime: '9d' },
      { anonymous: { perMinute: 0 } },
      { anonymous: { idleTimeout: 'x' } },
    ])
      await expect(createSessionManager(bad as never)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('are not told apart by the time or the words of a refusal while the store is away [ADM-3]', async () => {
    const inner = await memoryStore()
    let broken = false
    const storage = {
      ...inner,
      replace: (row: Parameters<typeof inner.replace>[0]) => (broken ? Promise.reject(new Error('gone')) : inner.replace(row)),
    }
    await using bench = await attackBench({ storage })
    const { sessions, clock } = bench
    const south = await sessions.createSession('alice', {}, { tenant: 'south' })
    broken = true
    const ending = sessions.terminateSession(south.token).catch((error: unknown) => error)
    await clock.advance(1_000)
    await ending
    const north = sessions.forTenant('north')
    expect(await verdict(sessions, south.token)).toBe('SESSION_REVOKED')
    expect(await verdict(north, south.token)).toBe('SESSION_NOT_FOUND')
    broken = false
  })

  it('cannot be left by closing the functions of one', async () => {
    await using bench = await attackBench()
    await bench.sessions.forTenant('north').close()
    expect((await bench.sessions.createSession('alice')).userId).toBe('alice')
  })
})
