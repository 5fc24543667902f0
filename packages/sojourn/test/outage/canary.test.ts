import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { SessionManagerOptions } from '../../src/config.js'
import { createSessionManager } from '../../src/create-session-manager.js'
import type { SessionEvent } from '../../src/events/event.js'
import type { SessionManager } from '../../src/manager.js'
import { redisStore } from '../../src/store/redis.js'
import { type RedisServer, startRedis, until } from '../servers/redis.js'

const MASTER = new Uint8Array(32).map((_byte, index) => index * 37 + 11)

let server: RedisServer
let open: SessionManager[] = []
beforeAll(async () => {
  server = await startRedis()
})
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
  await server.cli('FLUSHALL')
})
afterAll(() => server.stop())

async function node(options: SessionManagerOptions = {}): Promise<{ readonly sessions: SessionManager; readonly events: SessionEvent[] }> {
  const storage = await redisStore({ url: server.url })
  const sessions = await createSessionManager({ storage, keys: { master: MASTER }, canary: { interval: '1s' }, ...options })
  open.push(sessions)
  const events: SessionEvent[] = []
  sessions.on((event) => events.push(event))
  return { sessions, events }
}

const measured = (one: SessionManager): number =>
  Number(/^sojourn_canary_total\{result="everywhere"\} (\d+)$/m.exec(one.metricsText())?.[1] ?? 0)

it('nodes that share a store measure how long an end takes, and nobody sees what they end', async () => {
  const audited: unknown[] = []
  const audit = { append: async (record: unknown) => void audited.push(record), close: async () => undefined }
  const [one, other] = [await node({ audit } as SessionManagerOptions), await node()]
  await until('both have measured twice', async () => measured(one.sessions) > 1 && measured(other.sessions) > 1)
  for (const { sessions } of [one, other]) {
    expect(sessions.revocationDelay()).toEqual({ last: expect.any(Number), longest: expect.any(Number) })
    expect(sessions.metricsText()).toMatch(/^sojourn_revocation_visible_seconds 0\.\d*[1-9]/m)
    expect(sessions.metricsText()).not.toMatch(/^sojourn_canary_total\{result="(?:seen|late|failed)"/m)
    expect(await sessions.searchSessions({ status: 'all' })).toEqual({ sessions: [] })
    expect(sessions.metricsText()).toMatch(/^sojourn_sessions_created_total 0$/m)
    expect(sessions.metricsText()).toMatch(/^sojourn_sessions_ended_total 0$/m)
  }
  const about = [...one.events, ...other.events].filter(({ type }) => type !== 'node.mode')
  expect(about).toEqual([])
  expect(JSON.stringify(audited)).not.toMatch(/session\./)
})

it.each([
  ['a node that hears of no other', 1, {}],
  ['nodes that were told not to', 2, { canary: { enabled: false } }],
] as const)('%s measure nothing', async (_who, count, options) => {
  const nodes = []
  for (let at = 0; at < count; at++) nodes.push(await node(options))
  const begun = performance.now()
  await until('two intervals are over', async () => performance.now() - begun > 2_200)
  for (const { sessions } of nodes) expect(measured(sessions)).toBe(0)
})

it('refuses an interval that is too short', async () => {
  await expect(createSessionManager({ canary: { interval: 10 } })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    path: 'canary.interval',
  })
})
