import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import { isSessionError } from '../../src/errors.js'
import type { SessionManager } from '../../src/manager.js'
import { type RedisTarget, redisStore } from '../../src/store/redis.js'
import type { ScannableStore } from '../../src/store/store.js'
import type { MakeBench } from '../behaviour/bench.js'
import { engineBench } from '../behaviour/engine-bench.js'
import { behaviour } from '../behaviour/suite.js'
import { startRedis } from '../servers/redis.js'
import { startRedisCluster } from '../servers/redis-cluster.js'

const keys = { master: Uint8Array.from({ length: 32 }, (_, place) => (place * 73 + 41) & 255) }
/** The machine that runs the tests may be busy with others. */
const PATIENT = 5_000
const context = { ipAddress: '203.0.113.77', userAgent: 'Firefox on Linux', deviceId: 'device-4711' }

describe('the engine on Redis', async () => {
  const [server, cluster] = await Promise.all([startRedis(), startRedisCluster()])
  afterAll(() => Promise.all([server.stop(), cluster.stop()]))

  const open = async (): Promise<SessionManager> => {
    await server.cli('FLUSHALL')
    const manager = await createSessionManager({ storage: await redisStore({ url: server.url }), keys })
    onTestFinished(() => manager.close())
    return manager
  }
  /** Commands that came from outside, and how often; those that a script calls are counted with it. */
  const callsOf = async (names: readonly string[]): Promise<Readonly<Record<string, number>>> => {
    const stats = await server.cli('INFO', 'commandstats')
    return Object.fromEntries(names.map((name) => [name, Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0)]))
  }

  it('creates the first session of a user in one script call and nothing else, and validates it cold in one GET', async () => {
    const sessions = await open()
    await sessions.createSession('bob', context)
    await server.cli('CONFIG', 'RESETSTAT')
    const { token = '' } = await sessions.createSession('alice', context)
    const created = await callsOf(['evalsha', 'eval', 'get', 'mget', 'zrange'])
    expect(created).toEqual({ evalsha: 1, eval: 0, get: 0, mget: 0, zrange: 0 })

    const elsewhere = await createSessionManager({ storage: await redisStore({ url: server.url }), keys })
    onTestFinished(() => elsewhere.close())
    await server.cli('CONFIG', 'RESETSTAT')
    expect((await elsewhere.validateSession(token, context)).isValid).toBe(true)
    const validated = await callsOf(['evalsha', 'eval', 'get', 'mget', 'zrange'])
    expect(validated).toMatchObject({ evalsha: 0, eval: 0, mget: 0, zrange: 0 })
    expect(validated['get']).toBe(1)
  })

  it('ends a session in one script call after one GET: the store remembers the owner that it has just read', async () => {
    const sessions = await open()
    const { token = '' } = await sessions.createSession('alice', context)
    await server.cli('CONFIG', 'RESETSTAT')
    await sessions.terminateSession(token)
    expect(await callsOf(['evalsha', 'get'])).toEqual({ evalsha: 1, get: 1 })
  })

  it('leaves no token, user or address on the server in clear', async () => {
    const sessions = await open()
    const one = await sessions.createSession('alice-in-clear', context, { roles: ['role-in-clear'], data: { note: 'note-in-clear' } })
    const two = await sessions.createSession('alice-in-clear', context)
    const { token = '' } = await sessions.renewSession(one.token ?? '').catch(() => one)
    await sessions.updateSessionContext(two.token ?? '', { location: 'Berlin-in-clear' })
    await sessions.terminateSession(two.token ?? '')
    const names = (await server.cli('KEYS', '*')).split('\n')
    expect(names.length).toBeGreaterThan(3)
    const contents = await Promise.all(
      names.map(async (name) => {
        const type = await server.cli('TYPE', name)
        return type === 'zset' ? server.cli('ZRANGE', name, '0', '-1', 'WITHSCORES') : server.cli('GET', name)
      }),
    )
    const dump = [...names, ...contents].join('\n')
    const secrets = [token, one.token ?? '', two.token ?? ''].map((each) => each.slice(28))
    for (const secret of [...secrets, 'in-clear', '203.0.113.77', 'device-4711', 'Firefox']) {
      for (const text of [secret, Buffer.from(secret).toString('base64url'), Buffer.from(secret).toString('hex')]) {
        expect(dump.includes(text), `${secret.slice(0, 8)}…`).toBe(false)
      }
    }
  })

  let benches = 0
  const bench =
    (target: RedisTarget): MakeBench =>
    async (limits) => {
      const store = await redisStore({ ...target, prefix: `bench-${++benches}:`, timeout: PATIENT })
      return engineBench({ store: lawful(store), clear: async () => undefined }, limits)
    }
  describe('on one server', () => behavesOn(bench({ url: server.url })))
  describe.runIf(process.env['SOJOURN_LONG'] === '1')('on a cluster', () => behavesOn(bench({ cluster: cluster.urls })))
})

/**
 * Rows and index change in one step here, so the engine does not look for a lost entry at each validation: that would be a
 * second question to the network.
 */
const NEEDS_SECOND_QUESTION = 'ends sessions whose entry in the list of the user is lost'

function behavesOn(makeBench: MakeBench): void {
  const checks = behaviour.filter(({ name, ways }) => name !== NEEDS_SECOND_QUESTION && (ways === undefined || ways.includes('engine')))
  it.each(checks)('$name', async ({ limits, check }) => {
    const bench = await makeBench(limits ?? {})
    try {
      await check(bench)
    } finally {
      await bench.close()
    }
  })
}

/** Some checks act as somebody who can write to the store, against its law. What the store itself refuses did not happen. */
function lawful(store: ScannableStore): ScannableStore {
  const refused =
    <T>(answer: T) =>
    (fault: unknown): T => {
      if (isSessionError(fault) && fault.code === 'INVALID_ARGUMENT') return answer
      throw fault
    }
  return { ...store, insert: (row) => store.insert(row).catch(refused(0)), replace: (row) => store.replace(row).catch(refused(false)) }
}
