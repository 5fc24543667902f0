import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fakeClock } from 'sojourn/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../../sojourn/test/servers/memcached.js'
import { PASSWORD, type PostgresServer, startPostgres } from '../../../sojourn/test/servers/postgres.js'
import { freePort, type RedisServer, startRedis } from '../../../sojourn/test/servers/redis.js'
import { type Folder, lines, type Outcome, sojourn, start, temporaryFolder } from './terminal.js'

let redis: RedisServer
let postgres: PostgresServer
let memcached: MemcachedServer
let folder: Folder

beforeAll(async () => {
  ;[redis, postgres, memcached] = await Promise.all([startRedis(), startPostgres(), startMemcached()])
})

afterAll(async () => {
  await Promise.all([redis?.stop(), postgres?.close(), memcached?.kill()])
})

beforeEach(async () => {
  folder = await temporaryFolder()
})

afterEach(() => folder.remove())

type Environment = Readonly<Record<string, string>>

/** The environment of a command in this folder with a store of its own. */
async function environment(connection: string, more: Environment = {}): Promise<Environment> {
  const file = join(folder.path, 'sojourn.yaml')
  const yaml = { service: { log_level: 'silent' }, session_manager: { session_storage: { connection_string: connection } } }
  await writeFile(file, JSON.stringify(yaml))
  return { SOJOURN_CONFIG: file, SOJOURN_DATA_DIR: join(folder.path, 'data'), SOJOURN_PORT: '0', ...more }
}

/** Commands run at the time that it is: servers are asked for theirs. */
const run = (argv: readonly string[], env: Environment): Promise<Outcome> => sojourn(argv, { env, clock: fakeClock(Date.now()) })

/** Lets a service make its store, and puts one session into it. */
async function serveOnce(env: Environment): Promise<void> {
  const running = start(['serve'], { env: { ...env, SOJOURN_SERVICE_KEY: 'a-service-key-of-the-tests' }, clock: fakeClock(Date.now()) })
  const [url = ''] = await running.until(/http:\/\/127\.0\.0\.1:\d+/)
  const answer = await fetch(`${url}/api/v1/sessions`, {
    method: 'POST',
    headers: { authorization: 'Bearer a-service-key-of-the-tests', 'content-type': 'application/json' },
    body: '{"userId":"alice"}',
  })
  expect(answer.status).toBe(201)
  running.signal()
  expect((await running.outcome).code).toBe(0)
}

const findings = (out: string): ReadonlyArray<readonly [check: unknown, state: unknown]> =>
  lines(out).map(({ check, state }) => [check, state])

describe('serve', () => {
  it('exits 3 with one sentence for a store that cannot be reached', async () => {
    const port = await freePort()
    const { code, out, err } = await run(['serve'], await environment(`redis://:topsecret@127.0.0.1:${port}`))
    expect([code, out]).toEqual([3, ''])
    expect(err).toMatch(
      new RegExp(`^The session store cannot be reached: Redis at 127\\.0\\.0\\.1:${port} \\(.*ECONNREFUSED.*\\)\\. .*\\.\\n$`),
    )
    expect(err).not.toContain('topsecret')
  })

  it('exits 1 for a master key that is none, and does not repeat it', async () => {
    const { code, err } = await run(['serve'], await environment(redis.url, { SOJOURN_KEY: 'topsecret-and-short' }))
    expect([code, err]).toEqual([1, expect.stringContaining('SOJOURN_KEY')])
    expect(err).not.toContain('topsecret')
  })
})

describe('a command with a store that is shared', () => {
  it('opens it with the key of the environment or the data folder, and with no other', async () => {
    for (const key of [undefined, randomBytes(32).toString('base64')]) {
      await redis.cli('FLUSHALL')
      const env = await environment(redis.url, key === undefined ? {} : { SOJOURN_KEY: key })
      await serveOnce(env)
      const listed = await run(['sessions', 'list', '--direct', '--json'], env)
      expect([listed.code, lines(listed.out)]).toEqual([0, [expect.objectContaining({ userId: 'alice' })]])
      const elsewhere = await run(['sessions', 'list', '--direct', '--data-dir', join(folder.path, 'none')], {
        ...env,
        SOJOURN_KEY: randomBytes(32).toString('hex'),
      })
      expect([elsewhere.code, elsewhere.out]).toEqual([1, ''])
      expect(elsewhere.err).toContain('another key')
    }
    const { SOJOURN_KEY: _, ...keyless } = await environment(redis.url)
    const { code, err } = await run(['sessions', 'list', '--direct', '--data-dir', join(folder.path, 'none')], keyless)
    expect([code, err]).toEqual([3, expect.stringContaining('keys.json is missing')])
    expect(await readdir(folder.path)).not.toContain('none')
  })

  it('exits 3 when it cannot be reached', async () => {
    const env = await environment(`redis://127.0.0.1:${await freePort()}`, { SOJOURN_KEY: randomBytes(32).toString('hex') })
    const { code, err } = await run(['sessions', 'list', '--direct'], env)
    expect([code, err]).toEqual([3, expect.stringContaining('The session store cannot be reached')])
  })

  it('makes no tables', async () => {
    const env = await environment(postgres.url, { SOJOURN_KEY: randomBytes(32).toString('hex') })
    expect((await run(['sessions', 'list', '--direct'], env)).code).toBe(1)
    expect(await postgres.sql("select 1 from pg_class where relname like '%sojourn%'")).toEqual([])
  })

  it('does not rotate keys where each process would have its own', async () => {
    const env = await environment(`memcached://${memcached.address}`, { SOJOURN_KEY: randomBytes(32).toString('hex') })
    for (const more of [[], ['--reseal']]) {
      const { code, err } = await run(['keys', 'rotate', '--direct', ...more], env)
      expect([code, err]).toEqual([1, expect.stringContaining('SOJOURN_PREVIOUS_KEYS')])
    }
  })
})

describe('doctor', () => {
  it('says of Redis what it is and whether a restart logs everybody out, and leaves nothing in it', async () => {
    await redis.cli('FLUSHALL')
    const env = await environment(redis.url)
    const bare = await run(['doctor', '--json'], env)
    expect(bare.code).toBe(0)
    expect(findings(bare.out)).toEqual(
      expect.arrayContaining([
        ['store', 'ok'],
        ['master key', 'ok'],
        ['redis', 'ok'],
        ['redis disk', 'warn'],
        ['store clock', 'ok'],
      ]),
    )
    expect(bare.out).toContain('its restart logs everybody out')
    expect(bare.out).toMatch(/Redis \d+\.\d+\.\d+, master, maxmemory-policy noeviction, 0 replicas/)
    expect(await redis.cli('DBSIZE')).toBe('0')
    await redis.cli('CONFIG', 'SET', 'appendonly', 'yes')
    expect(findings((await run(['doctor', '--json'], env)).out)).toContainEqual(['redis disk', 'ok'])
    await redis.cli('CONFIG', 'SET', 'appendonly', 'no')
    await redis.cli('CONFIG', 'SET', 'save', '3600 1')
    expect(findings((await run(['doctor', '--json'], env)).out)).toContainEqual(['redis disk', 'ok'])
    await redis.cli('CONFIG', 'SET', 'save', '')
  })

  it('fails on a Redis that evicts, and on a store whose key is missing', async () => {
    const evicting = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] })
    onTestFinished(() => evicting.stop())
    const bad = await run(['doctor', '--json'], await environment(evicting.url))
    expect(bad.code).toBe(1)
    expect(findings(bad.out)).toEqual(
      expect.arrayContaining([
        ['store', 'fail'],
        ['redis memory', 'fail'],
      ]),
    )
    expect(bad.out).toContain('CONFIG SET maxmemory-policy noeviction')
    const env = await environment(redis.url)
    await serveOnce(env)
    const keyless = await run(['doctor', '--json', '--data-dir', join(folder.path, 'none')], env)
    expect(findings(keyless.out)).toContainEqual(['master key', 'fail'])
    const wrong = await run(['doctor', '--json'], { ...env, SOJOURN_KEY: randomBytes(32).toString('hex') })
    expect(findings(wrong.out)).toContainEqual(['store', 'fail'])
    expect(wrong.out).toContain('another key')
  })

  it('fails on a store that does not answer, and shows no password', async () => {
    const port = await freePort()
    for (const connection of [
      `redis://:topsecret@127.0.0.1:${port}`,
      `postgres://u:topsecret@127.0.0.1:${port}/db`,
      `memcached://127.0.0.1:${port}`,
    ]) {
      const { code, out } = await run(['doctor', '--json'], await environment(connection))
      expect(code).toBe(1)
      expect(findings(out)).toContainEqual(['store', 'fail'])
      expect(out).not.toContain('topsecret')
    }
  })

  it('says of Postgres whether it is the primary, waits for its disk and has standbys, and makes no tables', async () => {
    const env = await environment(postgres.url)
    const fresh = await run(['doctor', '--json'], env)
    expect(fresh.code).toBe(0)
    expect(fresh.out).toContain('has no tables yet')
    expect(await postgres.sql("select 1 from pg_class where relname like '%sojourn%'")).toEqual([])
    await serveOnce(env)
    const used = await run(['doctor', '--json'], env)
    expect(used.code).toBe(0)
    expect(used.out).toMatch(/Postgres \d+.*primary, 0 standbys, 0 of them synchronous, fsync on/)
    expect(findings(used.out)).toEqual(
      expect.arrayContaining([
        ['store', 'ok'],
        ['master key', 'ok'],
        ['postgres', 'ok'],
        ['store clock', 'ok'],
      ]),
    )
    const away = await environment(`postgres://postgres:${PASSWORD}@127.0.0.1:${postgres.port},127.0.0.1:${await freePort()}/postgres`)
    const oneAway = await run(['doctor', '--json'], away)
    expect(oneAway.code).toBe(0)
    expect(findings(oneAway.out)).toContainEqual(['postgres', 'warn'])
  })

  it('says of Memcached what it cannot do', async () => {
    const { code, out } = await run(['doctor', '--json'], await environment(`memcached://${memcached.address}`))
    expect(code).toBe(0)
    expect(findings(out)).toEqual(
      expect.arrayContaining([
        ['store', 'ok'],
        ['store', 'warn'],
        ['memcached', 'warn'],
      ]),
    )
    expect(out).toContain('throws sessions away when its memory is full')
    expect(out).toContain('a restart logs everybody out')
  })
})
