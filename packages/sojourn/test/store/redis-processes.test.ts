import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import { redisStore } from '../../src/store/redis.js'
import { sampleRow, textOf } from '../../src/testing/contract/sample.js'
import { startRedis } from '../servers/redis.js'
import { startRedisCluster } from '../servers/redis-cluster.js'
import { startRedisSentinels } from '../servers/redis-sentinel.js'
import { bundleWorker } from './bundle-worker.js'
import { targetIn } from './redis-target.js'

const run = promisify(execFile)

describe('four processes on one Redis', async () => {
  const [server, cluster, sentinels, worker] = await Promise.all([
    startRedis(),
    startRedisCluster(),
    startRedisSentinels(),
    bundleWorker('./redis-worker.ts'),
  ])
  afterAll(async () => {
    worker.remove()
    await Promise.all([server.stop(), cluster.stop(), sentinels.stop()])
  })
  const start = async (task: string, url: string, argument: string): Promise<readonly string[]> => {
    const { stdout } = await run(process.execPath, [worker.file, task, url, argument])
    return stdout.split('\n').filter((line) => line !== '')
  }
  const open = (url: string): ReturnType<typeof redisStore> => redisStore({ ...targetIn(url), timeout: 10_000 })
  const four = (task: string, url: string, argument: string): Promise<(readonly string[])[]> =>
    Promise.all([1, 2, 3, 4].map(() => start(task, url, argument)))
  const places = [
    ['server', server.url],
    ['cluster', cluster.urls.join()],
    ['sentinel', `${sentinels.name}@${sentinels.nodes.join()}`],
  ] as const

  it.each(places)('lose no update: 250 increments each of one row make 1,000 (%s) [STO-12]', async (_, url) => {
    const store = await open(url)
    onTestFinished(() => store.close())
    const row = sampleRow({ data: new TextEncoder().encode('0') })
    await store.insert(row)
    await four('count', url, row.id)
    const counted = await store.get(row.id)
    expect(textOf(counted)).toBe('1000')
    expect(counted?.version).toBe(1_001)
  })

  it.each(places)('hand a removed row to exactly one (%s)', async (_, url) => {
    const store = await open(url)
    onTestFinished(() => store.close())
    const row = sampleRow({ owner: 'abowner' })
    await store.insert(row)
    expect((await four('remove', url, row.id)).flat().toSorted()).toEqual(['nothing', 'nothing', 'nothing', 'the row'])
  })

  it.each(places)('leave exactly five sessions usable of a hundred logins at once (%s)', async (_, url) => {
    const tokens = (await Promise.all([1, 2, 3].map(() => start('login', url, 'alice')))).flat()
    expect(tokens).toHaveLength(102)
    const storage = await open(url)
    const manager = await createSessionManager({
      storage,
      keys: { master: Uint8Array.from({ length: 32 }, (_, place) => (place * 73 + 41) & 255) },
    })
    onTestFinished(() => manager.close())
    const judged = await Promise.all(tokens.map((token) => manager.validateSession(token)))
    expect(judged.filter(({ isValid }) => isValid)).toHaveLength(5)
    expect(await manager.getActiveSessions('alice')).toHaveLength(5)
  })
})
