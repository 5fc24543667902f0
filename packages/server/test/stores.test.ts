import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { isSessionError } from 'sojourn'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../sojourn/test/servers/memcached.js'
import { PASSWORD, type PostgresServer, startPostgres, startStandby } from '../../sojourn/test/servers/postgres.js'
import { freePort, type RedisServer, startRedis, until } from '../../sojourn/test/servers/redis.js'
import { type RedisSentinels, startRedisSentinels } from '../../sojourn/test/servers/redis-sentinel.js'
import { type StartedService, startConfigured } from './support/started.js'

const example = (name: string): Promise<string> => readFile(new URL(`./fixtures/config/${name}.yaml`, import.meta.url), 'utf8')
const storage = (words: object, more: object = {}): string => JSON.stringify({ session_manager: { session_storage: words, ...more } })

let redis: RedisServer
let postgres: PostgresServer
let memcached: MemcachedServer

beforeAll(async () => {
  ;[redis, postgres, memcached] = await Promise.all([startRedis({ password: 'open-sesame' }), startPostgres(), startMemcached()])
})

afterAll(async () => {
  await Promise.all([redis?.stop(), postgres?.close(), memcached?.kill()])
})

const connections = (): ReadonlyArray<readonly [type: string, connection: string]> => [
  ['redis', redis.url],
  ['postgres', postgres.url],
  ['memcached', `memcached://${memcached.address}`],
]

/** Everything that a service does with a store, once. */
async function useAll(service: StartedService, type: string): Promise<void> {
  const { token, id } = await service.create()
  expect(await service.isValid(token)).toBe(true)
  expect((await service.call('GET', '/api/v1/users/alice/sessions')).json['sessions']).toHaveLength(1)
  expect((await service.call('GET', `/api/v1/admin/sessions/${id}`)).json).toMatchObject({ id, status: 'active' })
  const ended = await service.call('DELETE', `/api/v1/admin/sessions/${id}?reason=security.test`)
  expect([202, 204]).toContain(ended.status)
  const verdict = await service.call('POST', '/api/v1/sessions/validate', { token })
  expect(verdict.json).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED', reason: 'security.test' } })
  const page = await service.call('GET', '/api/v1/admin/sessions?status=all&limit=1')
  expect(page.status).toBe(type === 'memcached' ? 400 : 200)
  for (let next = page.json['next']; next !== undefined; ) {
    const more = await service.call('GET', `/api/v1/admin/sessions?status=all&limit=1&after=${String(next)}`)
    expect(more.status).toBe(200)
    next = more.json['next']
  }
}

describe('a service', () => {
  it('keeps sessions in Redis, Postgres and Memcached, over a restart of its own', async () => {
    for (const [type, connection_string] of connections()) {
      const yaml = storage({ connection_string, key_prefix: 'restart:' })
      const first = await startConfigured(yaml)
      await useAll(first, type)
      const { token } = await first.create('bob')
      await first.close()
      const second = await startConfigured(yaml, { dataDir: first.dataDir })
      expect(await second.isValid(token), type).toBe(true)
      await second.close()
    }
  })

  it('shares them with another one on another host that has the same key, and an end is an end in both', async () => {
    for (const [type, connection_string] of connections()) {
      const yaml = storage({ connection_string, key_prefix: 'shared:' }, { distributed_management: { cluster_mode: true } })
      const environment = { SOJOURN_KEY: randomBytes(32).toString('base64') }
      const one = await startConfigured(yaml, { environment })
      const two = await startConfigured(yaml, { environment })
      const { token, id } = await one.create()
      expect(await two.isValid(token), type).toBe(true)
      await two.call('POST', '/api/v1/sessions/terminate', { sessionId: id })
      expect(await one.isValid(token), type).toBe(false)
      expect(await readdir(one.dataDir)).not.toContain('keys.json')
      await Promise.all([one.close(), two.close()])
    }
  })

  it('takes a new key with the old one behind it, and refuses a store that belongs to another key', async () => {
    const yaml = storage({ connection_string: redis.url, key_prefix: 'rekeyed:' })
    const [old, next] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
    const first = await startConfigured(yaml, { environment: { SOJOURN_KEY: old } })
    const { token } = await first.create()
    await first.close()
    const wrong = await startConfigured(yaml, { environment: { SOJOURN_KEY: next } }).catch((fault: unknown) => fault)
    expect(isSessionError(wrong) && [wrong.code, wrong.path]).toEqual(['CONFIG_INVALID', 'keys'])
    expect(String(wrong)).toContain('SOJOURN_PREVIOUS_KEYS')
    expect(String(wrong)).not.toContain(next.slice(0, 8))
    const third = await startConfigured(yaml, { environment: { SOJOURN_KEY: next, SOJOURN_PREVIOUS_KEYS: old } })
    expect(await third.isValid(token)).toBe(true)
    await third.close()
    const fourth = await startConfigured(yaml, { environment: { SOJOURN_KEY: next } })
    expect(await fourth.isValid(token)).toBe(true)
  })

  it('writes under the prefix that was configured, and no user id, token or key in clear [STO-8 TOK-2]', async () => {
    const yaml = storage({ connection_string: redis.url, key_prefix: 'mine:' })
    const service = await startConfigured(yaml)
    await service.create('alice-of-the-dump')
    const keys = (await redis.cli('KEYS', '*')).split('\n').filter((key) => !/^(?:restart|shared|rekeyed|session):/.test(key))
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect(key).toMatch(/^mine:/)
    await service.close()
    const other = await startConfigured(storage({ connection_string: postgres.url, key_prefix: 'mine:' }))
    await other.create('alice-of-the-dump')
    expect(postgres.dump()).toMatch(/CREATE TABLE public\.mine_sojourn_rows/)
    expect(postgres.dump()).not.toContain('alice-of-the-dump')
  })

  it('says in /readyz?verbose and /metrics which store it has, and nothing of where it is [STO-11]', async () => {
    for (const [type, connection_string] of connections()) {
      const service = await startConfigured(storage({ connection_string, key_prefix: 'told:' }))
      const { json, text } = await service.call('GET', '/readyz?verbose')
      expect(json).toEqual({
        status: 'ready',
        mode: 'healthy',
        checks: { serving: 'ok', store: 'ok', clock: 'ok', changes: 'ok' },
        store: { type, mode: 'single', copies: 1 },
      })
      expect(text).not.toContain('127.0.0.1')
      expect((await service.call('GET', '/metrics')).text).toContain(`sojourn_store_info{type="${type}",mode="single",copies="1"} 1\n`)
      expect((await service.call('GET', '/readyz')).json).toEqual({ status: 'ready' })
      await service.close()
    }
  })

  it('is refused with one sentence if the store cannot be reached, and leaves nothing open', async () => {
    const port = await freePort()
    for (const connection_string of [
      `redis://:topsecret@127.0.0.1:${port}`,
      `redis+cluster://:topsecret@127.0.0.1:${port}`,
      `redis+sentinel://:topsecret@127.0.0.1:${port}/main`,
      `postgres://u:topsecret@127.0.0.1:${port}/db`,
      `memcached://127.0.0.1:${port}`,
    ]) {
      const refused = await startConfigured(storage({ connection_string })).catch((fault: unknown) => fault)
      expect(isSessionError(refused) && refused.code, connection_string).toBe('STORE_UNAVAILABLE')
      const { message } = refused as Error
      expect(message).toMatch(new RegExp(`^The session store cannot be reached: .*127\\.0\\.0\\.1:${port}.*\\.$`))
      expect(message).not.toContain('topsecret')
      expect(message).not.toContain('\n')
    }
  })

  it('is refused for a store that would lose sessions, with what to do there', async () => {
    const evicting = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] })
    onTestFinished(() => evicting.stop())
    const refused = await startConfigured(storage({ connection_string: evicting.url })).catch((fault: unknown) => fault)
    expect(isSessionError(refused) && [refused.code, refused.path]).toEqual(['CONFIG_INVALID', 'session_manager.session_storage'])
    expect(String(refused)).toContain('CONFIG SET maxmemory-policy noeviction')
    const alone = storage({ connection_string: redis.url }, { distributed_management: { replication_factor: 2 } })
    expect(String(await startConfigured(alone).catch((fault: unknown) => fault))).toContain('REPLICAOF')
    const single = storage({ connection_string: postgres.url }, { distributed_management: { replication_factor: 2 } })
    expect(String(await startConfigured(single).catch((fault: unknown) => fault))).toContain('synchronous_standby_names')
  })

  it('is not ready while its store is away, says why, and is ready again when it is back [AVL-1]', async () => {
    const away = await startRedis({ args: ['--appendonly', 'yes'] })
    onTestFinished(() => away.stop())
    const service = await startConfigured(storage({ connection_string: away.url, timeout: 200 }))
    const { token } = await service.create()
    await away.signal('SIGKILL')
    const down = await service.call('GET', '/readyz')
    expect([down.status, down.json]).toEqual([503, { status: 'unavailable', reason: 'The session store (redis) does not answer.' }])
    const refused = await service.call('POST', '/api/v1/sessions/validate', { token })
    expect([refused.status, refused.json['code']]).toEqual([503, 'STORE_UNAVAILABLE'])
    await away.start()
    await until('the service is ready again', async () => (await service.call('GET', '/readyz')).status === 200)
    // On a busy machine an answer may take longer than the 200 ms that are given here: then nothing is said of the session, and it is asked again.
    await until('its session is valid again', () => service.isValid(token))
  })
})

describe('the examples', () => {
  it('basic.yaml works with a Redis', async () => {
    const yaml = (await example('basic')).replace('redis://localhost:6379', '${REDIS}')
    const service = await startConfigured(yaml, {
      environment: { REDIS: redis.url, SESSION_SECRET_KEY: 'kJ8s0Qm2vX7bTz5nR1wLp4cYh6uEd9fGoAiSxZqWe3M=' },
    })
    const { token, id } = await service.create()
    expect(await service.isValid(token)).toBe(true)
    expect((await redis.cli('KEYS', 'session:*')).split('\n').length).toBeGreaterThan(1)
    const { json } = await service.call('GET', `/api/v1/admin/sessions/${id}`)
    expect(Date.parse(String(json['expiresAt'])) - Date.parse(String(json['createdAt']))).toBe(8 * 3_600_000)
    const remembered = await service.call('POST', '/api/v1/sessions', { userId: 'bob', options: { rememberMe: true } })
    expect(Date.parse(String(remembered.json['expiresAt'])) - Date.parse(String(remembered.json['createdAt']))).toBe(8 * 3_600_000)
  })

  describe('advanced.yaml', () => {
    let sentinels: RedisSentinels
    beforeAll(async () => {
      sentinels = await startRedisSentinels()
    })
    afterAll(() => sentinels?.stop())

    it('works behind sentinels: ends are durable on three copies, and outlive the primary [AVL-4 ATK-082]', async () => {
      const yaml = await example('advanced')
      const place = `  session_storage:\n    type: redis\n    connection_string: "redis+sentinel://${sentinels.nodes.join(',')}/${sentinels.name}"\n`
      const service = await startConfigured(`${yaml.trimEnd()}\n${place}`)
      expect((await service.call('GET', '/readyz?verbose')).json['store']).toEqual({ type: 'redis', mode: 'sentinel', copies: 3 })
      const { token, id } = await service.create()
      const ended = await service.create()
      const end = await service.call('POST', '/api/v1/sessions/terminate', { sessionId: ended.id })
      expect([end.status, end.headers.get('sojourn-level')]).toEqual([204, 'everywhere'])
      expect((await service.call('GET', '/api/v1/admin/keys')).json['keys']).toHaveLength(2)
      const primary = await sentinels.primary()
      await primary.signal('SIGKILL')
      await sentinels.tookOver(primary)
      await until('the service has found the new primary', async () => (await service.call('GET', '/readyz')).status === 200)
      expect(await service.isValid(token)).toBe(true)
      expect(await service.isValid(ended.token)).toBe(false)
      // One of the three copies is gone, so an end cannot be called durable any more.
      const late = await service.call('POST', '/api/v1/sessions/terminate', { sessionId: id })
      expect([late.status, late.headers.get('sojourn-level')]).toEqual([202, 'stored'])
    })
  })
})

describe('several hosts of Postgres', () => {
  it('are used in whatever order they stand: the primary is found, also when a standby has taken over', async () => {
    const settings = { synchronous_standby_names: "'ANY 1 (*)'" }
    const primary = await startPostgres({ settings: {} })
    onTestFinished(() => primary.close())
    const standby = await startStandby(primary, 'second')
    onTestFinished(() => standby.close())
    await primary.sql(`alter system set synchronous_standby_names = ${settings.synchronous_standby_names}`)
    await primary.sql('select pg_reload_conf()')
    await until('the standby is synchronous', async () => {
      const [row] = await primary.sql("select count(*)::integer as count from pg_stat_replication where sync_state = 'quorum'")
      return row?.['count'] === 1
    })
    const connection_string = `postgres://postgres:${PASSWORD}@127.0.0.1:${standby.port},127.0.0.1:${primary.port}/postgres`
    const distributed_management = { cluster_mode: true, replication_factor: 2, consistency_level: 'strong', failover_enabled: true }
    const service = await startConfigured(storage({ connection_string }, { distributed_management }))
    expect((await service.call('GET', '/readyz?verbose')).json['store']).toEqual({ type: 'postgres', mode: 'failover', copies: 2 })
    const { token } = await service.create()
    const ended = await service.create()
    const end = await service.call('POST', '/api/v1/sessions/terminate', { token: ended.token })
    expect([end.status, end.headers.get('sojourn-level')]).toEqual([204, 'everywhere'])
    await primary.kill()
    await standby.promote()
    await until('the service has found the new primary', async () => (await service.call('GET', '/readyz')).status === 200)
    expect(await service.isValid(token)).toBe(true)
    expect(await service.isValid(ended.token)).toBe(false)
    expect(service.lines.filter(({ message }) => message.includes('taken over'))).not.toEqual([])
  })
})
