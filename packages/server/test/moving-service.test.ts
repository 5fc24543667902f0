import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMemcached } from '../../sojourn/test/servers/memcached.js'
import { type PostgresServer, startPostgres } from '../../sojourn/test/servers/postgres.js'
import { type RedisServer, startRedis } from '../../sojourn/test/servers/redis.js'
import { sojourn } from './cli/terminal.js'
import { check } from './support/config.js'
import { startConfigured } from './support/started.js'

const storage = (words: object): string => JSON.stringify({ session_manager: { session_storage: words } })

let redis: RedisServer
let postgres: PostgresServer
beforeAll(async () => {
  ;[redis, postgres] = await Promise.all([startRedis(), startPostgres()])
}, 120_000)
afterAll(async () => {
  await Promise.all([redis?.stop(), postgres?.close()])
})

describe('a service whose sessions are being moved', () => {
  it.each(['redis', 'postgres'] as const)(
    'to %s serves all the while, on two nodes, and brings back nobody who logged out',
    async (type) => {
      const to = type === 'redis' ? redis.url : postgres.url
      const first = await startConfigured(storage({ type: 'sqlite' }))
      const { dataDir } = first
      const sessions = await Promise.all(Array.from({ length: 40 }, (_, index) => first.create(`user-${index}`)))
      await first.close()

      const moving = storage({ connection_string: to, moving_from: `sqlite:${join(dataDir, 'sojourn.db')}` })
      const nodes = [await startConfigured(moving, { dataDir }), await startConfigured(moving, { dataDir })] as const
      const [used, left, unused, ...others] = sessions
      expect(await nodes[0].isValid(used!.token)).toBe(true)
      await nodes[1].call('POST', '/api/v1/sessions/terminate', { sessionId: left!.id })
      const during = Promise.all(others.flatMap(({ token }) => nodes.map((node) => node.isValid(token))))
      const env = { SOJOURN_PORT: '0', SOJOURN_DATA_DIR: dataDir }
      const moved = await sojourn(['migrate', '--move', '--json', '--yes', '--from', `sqlite:${join(dataDir, 'sojourn.db')}`, '--to', to], {
        env,
      })
      expect(moved.code, moved.err).toBe(0)
      expect((await during).every(Boolean)).toBe(true)
      for (const node of nodes) expect(await node.isValid(left!.token)).toBe(false)
      await Promise.all(nodes.map((node) => node.close()))

      const after = await startConfigured(storage({ connection_string: to }), { dataDir })
      for (const { token } of [used!, unused!, ...others]) expect(await after.isValid(token)).toBe(true)
      expect(await after.isValid(left!.token)).toBe(false)
      await after.close()
    },
  )

  it('is refused where Memcached takes part, which cannot tell what it has', async () => {
    const path = 'session_manager.session_storage.moving_from'
    expect((await check(storage({ moving_from: 'memcached://127.0.0.1:1' }))).paths).toEqual([path])
    const { address } = await startMemcached()
    const there = storage({ connection_string: `memcached://${address}`, moving_from: 'sqlite:./old.db' })
    await expect(startConfigured(there)).rejects.toMatchObject({ code: 'CONFIG_INVALID', path })
  })
})
