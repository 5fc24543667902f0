import { createClient, createClientPool, createSentinel } from '@redis/client'
import { Cluster, Redis } from 'ioredis'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { loadDriver } from '../../src/store/redis/driver.js'
import { type RedisStoreOptions, redisStore } from '../../src/store/redis.js'
import { sampleRow } from '../../src/testing/contract/sample.js'
import { freePort, startRedis, until } from '../servers/redis.js'
import { startRedisCluster } from '../servers/redis-cluster.js'
import { startRedisProxy } from '../servers/redis-proxy.js'

const PASSWORD = 'correct-horse'

describe('redisStore refuses', async () => {
  const server = await startRedis({ password: PASSWORD })
  afterAll(() => server.stop())
  const { url, port } = server
  const refused = async (options: unknown, expected: object): Promise<void> => {
    await expect(redisStore(options as RedisStoreOptions)).rejects.toMatchObject(expected)
  }

  it.each([
    ['url', {}],
    ['url', { url, cluster: [url] }],
    ['url', { url: 'not an address' }],
    ['url', { url: 'http://127.0.0.1' }],
    ['url', { url: 'redis://127.0.0.1/zero' }],
    ['cluster', { cluster: [] }],
    ['cluster.1', { cluster: [url, 7] }],
    ['sentinel.name', { sentinel: { name: '', nodes: ['127.0.0.1:1'] } }],
    ['sentinel.nodes', { sentinel: { name: 'sessions', nodes: [] } }],
    ['sentinel.nodes.0', { sentinel: { name: 'sessions', nodes: [null] } }],
    ['prefix', { url, prefix: 'with space' }],
    ['prefix', { url, prefix: '{tag}' }],
    ['prefix', { url, prefix: 'ü' }],
    ['timeout', { url, timeout: 0 }],
    ['timeout', { url, timeout: Number.POSITIVE_INFINITY }],
    ['waitTimeout', { url, waitTimeout: 1.5 }],
    ['replicas', { url, replicas: -1 }],
    ['maxPending', { url, maxPending: 0 }],
    ['client', { client: undefined }],
    ['client', { client: { get: () => undefined } }],
  ])('a bad %s: %j', async (path, options) => {
    await refused(options, { code: 'CONFIG_INVALID', path })
  })

  it('an address with a slip in it without repeating the password that stands there', async () => {
    const fault = await redisStore({ url: `redis//:${PASSWORD}@127.0.0.1` }).catch(String)
    expect(fault).not.toContain(PASSWORD)
  })

  it('a missing driver, and says what to run', async () => {
    const missing = { code: 'CONFIG_INVALID', message: expect.stringMatching(/npm i @redis\/client/) }
    await expect(loadDriver(() => Promise.reject(new Error('Cannot find package')))).rejects.toMatchObject(missing)
    await expect(loadDriver(() => Promise.resolve({}))).rejects.toMatchObject(missing)
  })

  it('a client of ioredis that would send writes a second time, and names the option', async () => {
    const client = new Redis({ port, password: PASSWORD, lazyConnect: true })
    await refused({ client }, { code: 'CONFIG_INVALID', message: expect.stringMatching(/autoResendUnfulfilledCommands: false/) })
  })

  it('a Cluster of ioredis that would send writes a second time, or read from replicas', async () => {
    const nodes = [{ host: '127.0.0.1', port }]
    const clusterOf = (options: object): Cluster => new Cluster(nodes, { lazyConnect: true, ...options })
    await refused({ client: clusterOf({}) }, { code: 'CONFIG_INVALID', message: expect.stringMatching(/retryDelayOnFailover: 0/) })
    await refused(
      { client: clusterOf({ retryDelayOnFailover: 0, scaleReads: 'all' }) },
      { code: 'CONFIG_INVALID', message: expect.stringMatching(/scaleReads/) },
    )
    const reconnecting = { retryDelayOnFailover: 0, clusterNodeRetryStrategy: () => 100 }
    await refused(
      { client: clusterOf(reconnecting) },
      { code: 'CONFIG_INVALID', message: expect.stringMatching(/autoResendUnfulfilledCommands/) },
    )
  })

  it('clients that may send each command over another connection', async () => {
    await refused({ client: createClientPool({ url }) }, { code: 'CONFIG_INVALID', message: expect.stringMatching(/Pools/) })
    await refused(
      { client: createSentinel({ name: 'x', sentinelRootNodes: [{ host: '127.0.0.1', port }] }) },
      { code: 'CONFIG_INVALID', message: expect.stringMatching(/sentinel client/) },
    )
  })

  it('a wrong password, and a missing one', async () => {
    const wrong = await redisStore({ url: `redis://:wrong-secret@127.0.0.1:${port}` }).catch((fault: unknown) => fault)
    expect(wrong).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: { message: expect.stringMatching(/WRONGPASS/) } })
    expect(JSON.stringify([String(wrong), String(Object(wrong).cause)])).not.toContain('wrong-secret')
    await refused({ url: `redis://127.0.0.1:${port}` }, { code: 'STORE_UNAVAILABLE', cause: { message: expect.stringMatching(/NOAUTH/) } })
  })

  it('to wait for a server that is not there', async () => {
    await refused(
      { url: `redis://127.0.0.1:${await freePort()}` },
      { code: 'STORE_UNAVAILABLE', cause: { message: expect.stringMatching(/ECONNREFUSED/) } },
    )
    await refused({ cluster: [`redis://127.0.0.1:${await freePort()}`] }, { code: 'STORE_UNAVAILABLE' })
    await refused({ sentinel: { name: 'sessions', nodes: [`127.0.0.1:${await freePort()}`] } }, { code: 'STORE_UNAVAILABLE' })
  })

  it('to call one server a cluster', async () => {
    await refused({ cluster: [url] }, { code: 'CONFIG_INVALID', path: 'cluster' })
  })

  it('fewer replicas than must acknowledge, and says how many there are', async () => {
    await refused(
      { url, replicas: 1 },
      { code: 'CONFIG_INVALID', path: 'replicas', message: expect.stringMatching(/0 replicas are connected/) },
    )
  })

  it.each(['allkeys-lru', 'volatile-ttl'])(
    'a server that throws sessions away when it is full (%s), and says how to mend it',
    async (policy) => {
      await server.cli('CONFIG', 'SET', 'maxmemory-policy', policy)
      onTestFinished(async () => {
        await server.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      })
      await refused({ url }, { code: 'CONFIG_INVALID', message: expect.stringMatching(/CONFIG SET maxmemory-policy noeviction/) })
    },
  )

  it('a server before Redis 6.2', async () => {
    const aged = await startRedisProxy(port, (said) =>
      Buffer.from(said.toString('latin1').replace(/redis_version:\d\.\d/, 'redis_version:6.0'), 'latin1'),
    )
    onTestFinished(() => aged.stop())
    const old = { code: 'CONFIG_INVALID', message: expect.stringMatching(/Redis 6\.0\.\d+\. Use Redis 6\.2/) }
    await refused({ url: `redis://:${PASSWORD}@127.0.0.1:${aged.port}` }, old)
  })

  it('a replica, and names its primary', async () => {
    const replica = await startRedis({ password: PASSWORD, args: ['--replicaof', `127.0.0.1 ${port}`] })
    onTestFinished(() => replica.stop())
    await refused({ url: replica.url }, { code: 'CONFIG_INVALID', message: new RegExp(`replica.*127\\.0\\.0\\.1:${port}`) })
    await until('it is connected', async () => (await server.cli('INFO', 'replication')).includes('state=online'))
    await refused({ url, replicas: 2 }, { code: 'CONFIG_INVALID', message: expect.stringMatching(/one replica is connected/) })
  })

  it('to speak to one node of a cluster as if it were all', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.stop())
    await refused({ url: cluster.urls[0] }, { code: 'CONFIG_INVALID', message: expect.stringMatching(/cluster: \[/) })
    await refused(
      { cluster: cluster.urls, replicas: 2 },
      { code: 'CONFIG_INVALID', message: expect.stringMatching(/one replica is connected/) },
    )
  })

  it('nothing for want of INFO, but warns that it could not look', async () => {
    await server.cli('ACL', 'SETUSER', 'limited', 'on', '>pw', '~*', '+@all', '-info')
    const warnings: string[] = []
    const logger = { warn: (_: object, message: string) => void warnings.push(message) }
    const store = await redisStore({ url: `redis://limited:pw@127.0.0.1:${port}`, logger })
    onTestFinished(() => store.close())
    expect(warnings).toEqual([expect.stringContaining('noeviction')])
    expect(await store.insert(sampleRow())).toBe(1)
  })

  it('nothing where scripts may not be loaded: they go along with each call', async () => {
    await server.cli('ACL', 'SETUSER', 'unscripted', 'on', '>pw', '~*', '+@all', '-script')
    const store = await redisStore({ url: `redis://unscripted:pw@127.0.0.1:${port}` })
    onTestFinished(() => store.close())
    expect(await store.insert(sampleRow())).toBe(1)
  })
})

describe('redisStore leaves what it did not open', () => {
  it('alone: a ready client works on after close, and nothing of ours listens to it', async () => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    const client = await createClient({ url: server.url }).connect()
    onTestFinished(() => client.destroy())
    const listeners = client.listenerCount('ready')
    const store = await redisStore({ client })
    await store.insert(sampleRow())
    await store.close()
    expect(await client.ping()).toBe('PONG')
    expect(client.listenerCount('ready')).toBe(listeners)
  })
})
