import { describe, expect, it } from 'vitest'
import { loadConfig } from '../src/index.js'
import { check, configFile } from './support/config.js'

const storage = (words: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ session_manager: { session_storage: words, ...more } })

describe('a connection string', () => {
  const READ: ReadonlyArray<readonly [text: string, settings: object]> = [
    ['redis://127.0.0.1:6379', { type: 'redis', target: { url: 'redis://127.0.0.1:6379' } }],
    ['rediss://user:p%40ss@h:6380/2', { type: 'redis', target: { url: 'rediss://user:p%40ss@h:6380/2' } }],
    ['redis://[::1]:6379', { type: 'redis', target: { url: 'redis://[::1]:6379' } }],
    ['redis+cluster://:pw@a:1,b:2', { type: 'redis', target: { cluster: ['redis://:pw@a:1', 'redis://:pw@b:2'] } }],
    ['rediss+cluster://a:1', { type: 'redis', target: { cluster: ['rediss://a:1'] } }],
    ['redis+sentinel://a:1,b/main', { type: 'redis', target: { sentinel: { name: 'main', nodes: ['redis://a:1', 'redis://b:26379'] } } }],
    [
      'rediss+sentinel://u:p%2Fw@a:1/main/3?sentinel_password=s%40s',
      {
        type: 'redis',
        target: {
          sentinel: { name: 'main', nodes: ['rediss://:s%40s@a:1'], username: 'u', password: 'p/w', database: 3, tls: true },
        },
      },
    ],
    ['postgres://u:p@h/db', { type: 'postgres', urls: ['postgres://u:p@h/db'] }],
    [
      'postgresql://u:p@a:1,b:2/db?sslmode=require',
      { type: 'postgres', urls: ['postgresql://u:p@a:1/db?sslmode=require', 'postgresql://u:p@b:2/db?sslmode=require'] },
    ],
    ['memcached://a:1,b:2', { type: 'memcached', servers: ['a:1', 'b:2'] }],
    ['memcached://[::1]:11211/', { type: 'memcached', servers: ['[::1]:11211'] }],
    ['sqlite:./x.db', { type: 'sqlite', path: './x.db' }],
    ['sqlite:///var/x y.db', { type: 'sqlite', path: '/var/x y.db' }],
  ]
  it.each(READ)('%s says which store it is and where', async (text, settings) => {
    const found = await check(storage({ connection_string: text }))
    expect(found.text).toBe('')
    expect(found.settings.storage).toEqual(settings)
  })

  it.each([
    'redis://',
    'redis://a:1,b:2',
    'redis://a:0',
    'redis://a:70000',
    'redis://topsecret@a:1@b:2',
    'redis://u:%zz-topsecret@a:1',
    'redis://a:1/x',
    'redis://a:1?topsecret=1',
    'redis+cluster://a:1,a:1',
    'redis+cluster://a:1/1',
    'redis+sentinel://a:1',
    'redis+sentinel://a:1/main?password=topsecret',
    'REDIS://a:1',
    'postgres://u:topsecret@/db',
    'postgres://u:topsecret@h h/db',
    'memcached://u:topsecret@h:1',
    'memcached://h:1/x',
    'mysql://u:topsecret@h/db',
    'localhost:6379',
    'sqlite:',
    'sqlite::memory:',
    'sqlite://x.db',
    `redis://${'a'.repeat(5_000)}`,
  ])('%s is none, and is not repeated', async (text) => {
    const found = await check(storage({ connection_string: text }))
    expect(found.paths).toEqual(['session_manager.session_storage.connection_string'])
    expect(found.text).not.toContain('topsecret')
    expect(found.text).toContain(`a text of ${text.length} characters`)
  })

  it('must be of the store that type names', async () => {
    const wrong = await check(storage({ type: 'redis', connection_string: 'postgres://u:topsecret@h/db' }))
    expect(wrong.paths).toEqual(['session_manager.session_storage.connection_string'])
    expect(wrong.text).toContain('an address of postgres')
    expect((await check(storage({ type: 'database', connection_string: 'redis://h' }))).paths).toHaveLength(1)
    expect((await check(storage({ type: 'memory', connection_string: 'redis://h' }))).paths).toHaveLength(1)
  })

  it('tells type "database" whether it is Postgres or SQLite', async () => {
    const types = ['postgres://u@h/db', 'sqlite:./x.db'].map(
      async (connection_string) => (await check(storage({ type: 'database', connection_string }))).settings.storage.type,
    )
    expect(await Promise.all(types)).toEqual(['postgres', 'sqlite'])
    expect((await check(storage({ type: 'database', path: './x.db' }))).settings.storage).toEqual({ type: 'sqlite', path: './x.db' })
  })
})

const REDIS = { connection_string: 'redis://h:1' }
const POSTGRES = { connection_string: 'postgres://u:p@h/db' }
const MEMCACHED = { connection_string: 'memcached://h:1' }

describe('words of session_storage', () => {
  const TAKEN: ReadonlyArray<readonly [words: Readonly<Record<string, unknown>>, settings: object]> = [
    [
      { ...REDIS, key_prefix: 'session:', timeout: 500 },
      { prefix: 'session:', timeout: 500 },
    ],
    [
      { ...POSTGRES, key_prefix: 'session:', pool_size: 20, schema: 'app', migrate: 'check' },
      { prefix: 'session_', poolSize: 20, schema: 'app', migrate: 'check' },
    ],
    [
      { ...MEMCACHED, key_prefix: 's{1}:', pool_size: 4, timeout: '2s' },
      { prefix: 's{1}:', connections: 4, timeout: 2_000 },
    ],
    [
      { type: 'memory', max_size: 1_000 },
      { type: 'memory', maxRows: 1_000 },
    ],
    [
      { type: 'sqlite', max_size: 1_000_000, key_prefix: 'app_' },
      { type: 'sqlite', maxSize: 1_000_000, prefix: 'app_' },
    ],
  ]
  it.each(TAKEN)('%j reach the store', async (words, settings) => {
    const found = await check(storage(words))
    expect(found.text).toBe('')
    expect(found.settings.storage).toMatchObject(settings)
  })

  const REFUSED: ReadonlyArray<readonly [words: Readonly<Record<string, unknown>>, word: string, why: string]> = [
    [{ ...REDIS, key_prefix: 's{1}:' }, 'key_prefix', 'braces'],
    [{ ...REDIS, max_size: 1_000 }, 'max_size', 'maxmemory'],
    [{ ...REDIS, pool_size: 10 }, 'pool_size', 'one connection'],
    [{ ...REDIS, path: './x' }, 'path', 'one of both'],
    [{ type: 'redis', path: './x' }, 'path', 'has no file'],
    [{ ...POSTGRES, key_prefix: 'a-b' }, 'key_prefix', 'underscores'],
    [{ ...POSTGRES, pool_size: 2 }, 'pool_size', '3 to 1000'],
    [{ ...MEMCACHED, pool_size: 65 }, 'pool_size', '1 to 64'],
    [{ type: 'memory', key_prefix: 'a:' }, 'key_prefix', 'nothing to keep apart'],
    [{ type: 'memory', timeout: 5 }, 'timeout', 'at once'],
    [{ type: 'sqlite', max_size: 1_000 }, 'max_size', '65536'],
  ]
  it.each(REFUSED)('%j are refused for %s', async (words, word, why) => {
    const found = await check(storage(words))
    expect(found.paths).toEqual([`session_manager.session_storage.${word}`])
    expect(found.text).toContain(why)
  })
})

describe('ttl', () => {
  const at = (ttl: string, more: object = {}): Promise<Awaited<ReturnType<typeof check>>> =>
    check(JSON.stringify({ session_manager: { session_storage: { type: 'memory', ttl }, ...more } }))

  it('is refused where it is shorter than a life that was asked for', async () => {
    for (const [ttl, more] of [
      ['4h', { token_generation: { expiration_time: '5h' } }],
      ['7h', {}],
      ['8h', { remember_me: { lifetime: '9h' } }],
      ['8h', { remember_me: { idle_timeout: '9h' } }],
    ] as const) {
      const found = await at(ttl, more)
      expect(found.paths).toEqual(['session_manager.session_storage.ttl'])
      expect(found.text).toContain('a session would be forgotten before its end')
    }
  })

  it('holds for remembered sessions too: their life is cut to it', async () => {
    const { settings, text } = await at('5h', { token_generation: { expiration_time: '4h' } })
    expect([text, settings.sessions]).toEqual(['', { sessionLifetime: '4h', rememberMe: { lifetime: 18_000_000 } }])
    expect((await at('8h', { remember_me: { lifetime: '8h' } })).settings.sessions).toEqual({ rememberMe: { lifetime: '8h' } })
    expect((await at('30d')).settings.sessions).toEqual({})
  })
})

describe('distributed_management', () => {
  const distributed = (words: object, more: object): string => storage({ ...words }, { distributed_management: more })
  const ALL = { cluster_mode: true, replication_factor: 3, consistency_level: 'strong', failover_enabled: true }

  it.each([
    ['redis+sentinel://a:1,b:1/main', 2],
    ['redis+cluster://a:1,b:1', 2],
    ['postgres://u:p@a,b/db', 2],
  ])('as in the example is what %s can give', async (connection_string, replicas) => {
    const found = await check(distributed({ connection_string }, ALL))
    expect(found.text).toBe('')
    expect(found.settings.storage).toMatchObject({ replicas })
  })

  const AT = 'session_manager.distributed_management'
  const REFUSED: ReadonlyArray<readonly [words: object, more: object, path: string, why: string]> = [
    [REDIS, { failover_enabled: true }, `${AT}.failover_enabled`, 'redis+sentinel://'],
    [POSTGRES, { failover_enabled: true }, `${AT}.failover_enabled`, 'HOST:PORT,HOST:PORT'],
    [MEMCACHED, { failover_enabled: true }, `${AT}.failover_enabled`, 'no other server'],
    [REDIS, { consistency_level: 'strong' }, `${AT}.consistency_level`, 'replication_factor to 2'],
    [POSTGRES, { consistency_level: 'strong', replication_factor: 1 }, `${AT}.consistency_level`, 'replication_factor to 2'],
    [MEMCACHED, { consistency_level: 'strong' }, `${AT}.consistency_level`, 'forgets it at a restart'],
    [REDIS, { consistency_level: 'eventual' }, `${AT}.consistency_level`, 'only primaries are read'],
    [MEMCACHED, { replication_factor: 2 }, `${AT}.replication_factor`, 'one copy'],
    [{ type: 'memory' }, { replication_factor: 2 }, `${AT}.replication_factor`, 'one copy'],
    [{ type: 'sqlite' }, { cluster_mode: true }, `${AT}.cluster_mode`, 'one host'],
    [{ type: 'memory' }, { failover_enabled: true }, `${AT}.failover_enabled`, 'one host'],
  ]
  it.each(REFUSED)('of %j refuses %j, and says why', async (words, more, path, why) => {
    const found = await check(distributed(words, more))
    expect(found.paths).toEqual([path])
    expect(found.text).toContain(why)
  })

  it('says of a store with one copy on one host that it is strong', async () => {
    for (const type of ['memory', 'sqlite'])
      expect((await check(distributed({ type }, { consistency_level: 'strong', replication_factor: 1, cluster_mode: false }))).text).toBe(
        '',
      )
  })

  it('lets any number of nodes share Redis, Postgres and Memcached', async () => {
    for (const words of [REDIS, POSTGRES, MEMCACHED]) expect((await check(distributed(words, { cluster_mode: true }))).text).toBe('')
  })
})

describe('key_rotation', () => {
  const rotation = { security: { encryption: { key_rotation: '24h' } } }

  it('is refused on Memcached, and without the housekeeping that does it', async () => {
    const memcached = await check(storage(MEMCACHED, rotation))
    expect(memcached.paths).toEqual(['session_manager.security.encryption.key_rotation'])
    expect(memcached.text).toContain('SOJOURN_PREVIOUS_KEYS')
    const idle = await check(storage(REDIS, { ...rotation, cleanup: { interval: 0 } }))
    expect(idle.paths).toEqual(['session_manager.security.encryption.key_rotation'])
    expect((await check(storage(REDIS, rotation))).settings.sessions.keyRotation).toBe('24h')
  })
})

describe('the master key', () => {
  const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 89 + 250) % 256))
  const OLD = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 57 + 7) % 256))

  it.each(['hex', 'base64', 'base64url'] as const)('is taken from the environment as %s', async (form) => {
    const { settings } = await check('', { SOJOURN_KEY: KEY.toString(form) })
    expect(Buffer.from(settings.keys?.master ?? []).equals(KEY)).toBe(true)
  })

  it('is taken from a file, with those before it', async () => {
    const file = await configFile(`${KEY.toString('base64')}\n`)
    const { settings, paths } = await check('', {
      SOJOURN_KEY_FILE: file,
      SOJOURN_PREVIOUS_KEYS: `${OLD.toString('hex')}, ${OLD.toString('base64url')}`,
    })
    expect(paths).toEqual([])
    expect(settings.keys?.previous?.map((key) => Buffer.from(key).equals(OLD))).toEqual([true, true])
    expect((await loadConfig({ environment: {} })).keys).toBeUndefined()
  })

  it.each([
    [{ SOJOURN_KEY: '' }],
    [{ SOJOURN_KEY: 'topsecret' }],
    [{ SOJOURN_KEY: `${KEY.toString('hex')}topsecret` }],
    [{ SOJOURN_KEY: KEY.subarray(1).toString('base64') }],
    [{ SOJOURN_KEY: KEY.subarray(1).toString('hex') }],
    [{ SOJOURN_KEY: KEY.toString('hex'), SOJOURN_PREVIOUS_KEYS: `${OLD.toString('hex')},` }],
    [{ SOJOURN_KEY: KEY.toString('hex'), SOJOURN_PREVIOUS_KEYS: 'topsecret' }],
    [{ SOJOURN_PREVIOUS_KEYS: OLD.toString('hex') }],
    [{ SOJOURN_KEY_FILE: '/nowhere/at/all' }],
    [{ SOJOURN_KEY: KEY.toString('hex'), SOJOURN_KEY_FILE: '/nowhere/at/all' }],
  ])('is refused as %j with one sentence that does not repeat it [STO-11]', async (environment) => {
    const { paths, text } = await check('', environment)
    expect(paths).toHaveLength(1)
    for (const value of Object.values(environment))
      if (value.length > 8 && !value.startsWith('/')) expect(text).not.toContain(value.slice(0, 8))
  })
})
