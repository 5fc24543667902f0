import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import { isSessionError } from '../../src/errors.js'
import type { SessionManager } from '../../src/manager.js'
import { redisStore } from '../../src/store/redis.js'
import { type RedisServer, startRedis, until } from '../servers/redis.js'

const isLong = process.env['SOJOURN_LONG'] === '1'
const AWAY = isLong ? 60_000 : 4_000
const BACK_WITHIN = 3_000
/** As much again, and a little more, for a machine on which everything else runs too. */
const BUSY = 4_000
const MASTER = new Uint8Array(32).map((_byte, index) => index * 37 + 11)
/** Above what a call that is refused at once takes on a machine with other work; below the time-out of a call. */
const AT_ONCE = 1_000

let server: RedisServer
let open: SessionManager[] = []
beforeAll(async () => {
  server = await startRedis()
})
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
})
afterAll(() => server.stop())

async function node(): Promise<SessionManager> {
  const made = await createSessionManager({ storage: await redisStore({ url: server.url }), keys: { master: MASTER } })
  open.push(made)
  return made
}

interface Tally {
  accepted: number
  unknown: number
  /** Refusals of good tokens, and anything that is no answer of ours: there must be none. */
  readonly wrong: string[]
  /** Milliseconds that the slowest refusal took, once the node knew. */
  slowest: number
}

async function ask(one: SessionManager, token: string, mustLive: boolean, tally: Tally): Promise<void> {
  const isKnown = one.mode() === 'degraded'
  const begun = performance.now()
  try {
    const result = await one.validateSession(token)
    if (result.isValid) tally.accepted++
    if (result.isValid !== mustLive) tally.wrong.push(result.isValid ? 'accepted what had ended' : `refused with ${result.error.code}`)
  } catch (error) {
    if (!isSessionError(error) || error.status !== 503 || !((error.retryAfter ?? 0) > 0)) tally.wrong.push(String(error))
    tally.unknown++
    if (isKnown && one.mode() === 'degraded') tally.slowest = Math.max(tally.slowest, performance.now() - begun)
  }
}

async function underLoad(mustLive: readonly string[], ended: readonly string[], tally: Tally, isOver: () => boolean): Promise<void> {
  const workers = open.flatMap((one) =>
    [0, 1, 2].map(async (worker) => {
      for (let turn = worker; !isOver(); turn++) {
        await ask(one, mustLive[turn % mustLive.length] ?? '', true, tally)
        await ask(one, ended[turn % ended.length] ?? '', false, tally)
        await pause(5)
      }
    }),
  )
  await Promise.all(workers)
}

it.each([
  ['stands still', 'SIGSTOP'],
  ['is killed', 'SIGKILL'],
] as const)(
  'a Redis that %s for a while under load: nobody is wrongly accepted or refused, and all is served three seconds after it is back',
  {
    timeout: 60_000 + AWAY,
  },
  async (_what, signal) => {
    const [one, other] = [await node(), await node()]
    const persistent = signal === 'SIGSTOP'
    const mustLive: string[] = []
    const ended: string[] = []
    for (let user = 0; user < 20; user++) {
      mustLive.push((await one.createSession(`live-${user}`)).token)
      const { token } = await other.createSession(`ended-${user}`)
      expect((await one.validateSession(token)).isValid).toBe(true)
      await other.terminateSession(token)
      ended.push(token)
    }
    const tally: Tally = { accepted: 0, unknown: 0, wrong: [], slowest: 0 }
    let isOver = false
    const load = underLoad(mustLive, ended, tally, () => isOver)
    await pause(300)
    await server.signal(signal)
    await until('both nodes know', async () => one.mode() === 'degraded' && other.mode() === 'degraded')
    // A lease is lost before the calls that wait for the store have all failed.
    await pause(4_000)
    tally.slowest = 0
    await pause(AWAY)
    expect(tally.unknown).toBeGreaterThan(10)
    // Once it is back they wait for the lease, which is worth it.
    const { slowest } = tally
    if (!persistent) isOver = true
    if (persistent) await server.signal('SIGCONT')
    else await server.start()
    const back = performance.now()
    await until('both are back', async () => one.mode() === 'healthy' && other.mode() === 'healthy')
    expect(performance.now() - back).toBeLessThan(BACK_WITHIN + BUSY)
    if (persistent) {
      await pause(300)
      const before = tally.unknown
      await pause(500)
      expect(tally.unknown - before, 'nobody is put off any more').toBe(0)
    }
    isOver = true
    await load
    expect(tally.wrong).toEqual([])
    expect(slowest, 'refusals while the store was known to be away').toBeLessThan(AT_ONCE)
    const { token } = await one.createSession('later')
    expect((await other.validateSession(token)).isValid).toBe(true)
  },
)
