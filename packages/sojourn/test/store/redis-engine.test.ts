import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import type { SessionManager } from '../../src/manager.js'
import { redisStore } from '../../src/store/redis.js'
import { startRedis, until } from '../servers/redis.js'

const keys = { master: Uint8Array.from({ length: 32 }, (_, place) => (place * 73 + 41) & 255) }
const context = { ipAddress: '203.0.113.77', userAgent: 'Firefox on Linux', deviceId: 'device-4711' }

describe('the engine on Redis', async () => {
  const server = await startRedis()
  afterAll(() => server.stop())

  const open = async (): Promise<SessionManager> => {
    await server.cli('FLUSHALL')
    const manager = await createSessionManager({ storage: await redisStore({ url: server.url }), keys })
    onTestFinished(() => manager.close())
    // It hears of changes from here on, so what it reads stays in memory.
    await manager.ping()
    // The first end waits until the register of nodes has existed for a lease: emptied, it knows nobody from before.
    const { token } = await manager.createSession('first')
    await manager.terminateSession(token)
    await manager.flush()
    return manager
  }
  /** How often commands were carried out, those that a script calls included. */
  const callsOf = async (names: readonly string[]): Promise<Readonly<Record<string, number>>> => {
    const stats = await server.cli('INFO', 'commandstats')
    const calls = (name: string): number => Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0)
    // The heartbeat of a node and the question of a barrier are scripts as well; each looks into the register once.
    return Object.fromEntries(names.map((name) => [name, calls(name) - (name === 'evalsha' ? calls('hmget') : 0)]))
  }

  const openElsewhere = async (): Promise<SessionManager> => {
    await server.cli('CONFIG', 'RESETSTAT')
    const manager = await createSessionManager({ storage: await redisStore({ url: server.url }), keys })
    onTestFinished(() => manager.close())
    // It reads its ring of keys as it starts, and once it hears of changes the ring again and a row that is not there, for its clock.
    await until('the new node is at rest', async () => (await callsOf(['get']))['get'] === 3)
    return manager
  }

  it('creates the first session of a user in one script call and nothing else, and validates it cold in one GET', async () => {
    const sessions = await open()
    await sessions.createSession('bob', context)
    await server.cli('CONFIG', 'RESETSTAT')
    const { token = '' } = await sessions.createSession('alice', context)
    const created = await callsOf(['evalsha', 'eval', 'get', 'mget', 'zrange'])
    expect(created).toEqual({ evalsha: 1, eval: 0, get: 0, mget: 0, zrange: 0 })

    const elsewhere = await openElsewhere()
    await server.cli('CONFIG', 'RESETSTAT')
    expect((await elsewhere.validateSession(token, context)).isValid).toBe(true)
    const validated = await callsOf(['evalsha', 'eval', 'get', 'mget', 'zrange'])
    expect(validated).toMatchObject({ evalsha: 0, eval: 0, mget: 0, zrange: 0 })
    expect(validated['get']).toBe(1)
  })

  it('ends a session in one script call, after one GET if it is not in memory: the store remembers the owner that it has just read', async () => {
    const sessions = await open()
    const { token } = await sessions.createSession('alice', context)
    const other = await sessions.createSession('bob', context)
    expect((await sessions.validateSession(token, context)).isValid).toBe(true)
    // The list of devices is written after the login was answered.
    await sessions.flush()
    await server.cli('CONFIG', 'RESETSTAT')
    await sessions.terminateSession(token)
    // Nobody waits for the mark that tells later whether the store has lost this end: it is there already, or not yet.
    const mark = expect.toBeOneOf([1, 2])
    expect(await callsOf(['evalsha', 'get'])).toEqual({ evalsha: mark, get: 0 })
    await sessions.close()
    const elsewhere = await openElsewhere()
    await server.cli('CONFIG', 'RESETSTAT')
    await elsewhere.terminateSession(other.token)
    expect(await callsOf(['evalsha', 'get'])).toEqual({ evalsha: mark, get: 1 })
  })

  it('asks Redis nothing for a session in memory, through ten thousand validations', async () => {
    const sessions = await open()
    const { token } = await sessions.createSession('alice', context)
    expect((await sessions.validateSession(token, context)).isValid).toBe(true)
    await sessions.flush()
    await server.cli('CONFIG', 'RESETSTAT')
    for (let count = 0; count < 10_000; count++) expect((await sessions.validateSession(token, context)).isValid).toBe(true)
    expect(await callsOf(['evalsha', 'get', 'mget', 'zrange', 'set'])).toEqual({ evalsha: 0, get: 0, mget: 0, zrange: 0, set: 0 })
  })

  it('leaves no token, user or address on the server in clear [TOK-2 ATK-076]', async () => {
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
})
