import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis, until } from '../../sojourn/test/servers/redis.js'
import { setCookies } from './support/cookie.js'
import { ADMIN_KEY, SERVICE_KEY } from './support/service.js'
import { bundleService, type ServiceBundle, type ServiceProcess, startServiceProcess } from './support/service-process.js'

const isLong = process.env['SOJOURN_LONG'] === '1'
const AWAY = isLong ? 60_000 : 4_000
/** What is promised, and what a machine is allowed that others use at the same time. */
const BACK_WITHIN = 3_000
const ALLOWANCE = 2_000
const USERS = 12
const WORKERS = 3
/** Refusals while the store is known to be away wait for nobody. */
const AT_ONCE = 250

let bundle: ServiceBundle
beforeAll(async () => {
  bundle = await bundleService()
}, 60_000)
afterAll(() => bundle?.remove())

let redis: RedisServer
let folder: string
let nodes: ServiceProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sojourn-store-outage-'))
  // Whatever it has answered outlives it.
  redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
})
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.kill()))
  nodes = []
  await redis?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Two services that share the store and the key, each with a data folder of its own. */
async function startNodes(more = ''): Promise<void> {
  const config = join(folder, 'config.yaml')
  const storage = `    type: redis\n    connection_string: ${redis.url}\n${more}`
  await writeFile(config, `session_manager:\n  session_storage:\n${storage}`)
  const environment = {
    SOJOURN_CONFIG: config,
    SOJOURN_SERVICE_KEY: SERVICE_KEY,
    SOJOURN_ADMIN_KEY: ADMIN_KEY,
    SOJOURN_KEY: Buffer.from(Uint8Array.from({ length: 32 }, (_, at) => (at * 73 + 41) & 255)).toString('base64url'),
  }
  const start = (name: string): Promise<ServiceProcess> =>
    startServiceProcess(bundle.file, { ...environment, SOJOURN_DATA_DIR: join(folder, name) })
  nodes = await Promise.all([start('one'), start('two')])
}

const nodeAt = (at: number): ServiceProcess => {
  const node = nodes[at % nodes.length]
  if (node === undefined) throw new Error('there is no such node')
  return node
}

function post(node: ServiceProcess, path: string, json: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${SERVICE_KEY}`, 'content-type': 'application/json' }
  return fetch(`${node.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(json) })
}

async function create(node: ServiceProcess, userId: string): Promise<string> {
  const answer = await post(node, '/sessions', { userId })
  if (answer.status !== 201) throw new Error(`a creation was answered ${answer.status}: ${await answer.text()}`)
  return String(((await answer.json()) as { readonly token: string }).token)
}

/** As a browser asks. */
const show = (node: ServiceProcess, token: string): Promise<Response> =>
  fetch(`${node.url}/api/v1/auth/session`, { headers: { cookie: `__Host-id=${token}`, 'sec-fetch-site': 'same-origin' } })

async function modeOf(node: ServiceProcess): Promise<string> {
  const answer = await fetch(`${node.url}/api/v1/admin/nodes`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
  return ((await answer.json()) as { readonly mode: string }).mode
}

const all = async (mode: string): Promise<boolean> => (await Promise.all(nodes.map(modeOf))).every((each) => each === mode)

interface Tally {
  served: number
  unknown: number
  refused: number
  /** Whatever should not have been answered; there must be none. */
  readonly wrong: string[]
  /** Milliseconds that the slowest answer took. */
  slowest: number
}

const newTally = (): Tally => ({ served: 0, unknown: 0, refused: 0, wrong: [], slowest: 0 })

/** What an answer says, if that is something that may be said of this token now. */
async function judge(answer: Response, isLiving: boolean, tally: Tally): Promise<void> {
  const clears = setCookies(answer).some(({ value, attributes }) => value === '' || attributes.get('max-age') === '0')
  const text = await answer.text()
  if (answer.status === 503) {
    tally.unknown++
    if (!(Number(answer.headers.get('retry-after')) > 0)) tally.wrong.push(`503 without Retry-After: ${text}`)
    if (clears) tally.wrong.push('503 that clears a cookie')
  } else if (answer.status === 200) {
    tally.served++
    if (!isLiving) tally.wrong.push('accepted what had ended')
    if (clears) tally.wrong.push('200 that clears a cookie')
  } else {
    tally.refused++
    if (isLiving) tally.wrong.push(`a living session was answered ${answer.status}: ${text}`)
  }
}

/** Browsers that ask one after the other, at all nodes, until it is over. */
async function load(living: readonly string[], ended: readonly string[], tally: () => Tally, isOver: () => boolean): Promise<void> {
  const one = async (node: ServiceProcess, token: string, isLiving: boolean): Promise<void> => {
    const begun = performance.now()
    const into = tally()
    await judge(await show(node, token), isLiving, into)
    into.slowest = Math.max(into.slowest, performance.now() - begun)
  }
  const worker = async (node: ServiceProcess, from: number): Promise<void> => {
    for (let turn = from; !isOver(); turn++) {
      await one(node, living[turn % living.length] ?? '', true)
      if (turn % 5 === 0) await one(node, ended[turn % ended.length] ?? '', false)
      await pause(5)
    }
  }
  await Promise.all(nodes.flatMap((node) => Array.from({ length: WORKERS }, (_, from) => worker(node, from))))
}

/** Milliseconds until each of these is served by every node. */
async function untilServed(tokens: readonly string[]): Promise<number> {
  const begun = performance.now()
  for (const token of tokens)
    for (const node of nodes)
      await until('a living session is served', async () => {
        const answer = await show(node, token)
        await answer.arrayBuffer()
        if (answer.status !== 200 && answer.status !== 503) throw new Error(`a living session was answered ${answer.status}`)
        return answer.status === 200
      })
  return performance.now() - begun
}

interface Users {
  readonly living: readonly string[]
  readonly ended: readonly string[]
}

async function populate(): Promise<Users> {
  const living: string[] = []
  const ended: string[] = []
  for (let user = 0; user < USERS; user++) {
    living.push(await create(nodeAt(user), `living-${user}`))
    const token = await create(nodeAt(user), `ended-${user}`)
    expect((await show(nodeAt(user + 1), token)).status).toBe(200)
    expect((await post(nodeAt(user), '/sessions/terminate', { token })).status).toBe(204)
    ended.push(token)
  }
  return { living, ended }
}

const DEPARTURES = [
  ['stands still', 'SIGSTOP', (): Promise<void> => redis.signal('SIGCONT')],
  ['is killed and started again', 'SIGKILL', (): Promise<void> => redis.start()],
] as const

describe('a store that is away under load', () => {
  it.each(DEPARTURES)(
    'and %s: nobody is wrongly accepted, no cookie is cleared, and everything is served three seconds after it is back [AVL-1]',
    { timeout: 120_000 + AWAY },
    async (what, signal, bringBack) => {
      await startNodes()
      const { living, ended } = await populate()
      let tally = newTally()
      let isOver = false
      const traffic = load(
        living,
        ended,
        () => tally,
        () => isOver,
      )
      await until('there is traffic', async () => tally.served > 50)
      const before = tally
      await redis.signal(signal)
      await until('both nodes know', () => all('degraded'))
      // Calls that began before they knew have waited for their own time-out.
      await pause(4_000)
      const away = newTally()
      tally = away
      await pause(AWAY)
      tally = newTally()
      const back = tally
      await bringBack()
      const took = await untilServed(living)
      await until('both are healthy', () => all('healthy'))
      const after = newTally()
      tally = after
      await pause(1_000)
      isOver = true
      await traffic
      if (isLong) process.stdout.write(`${what}: ${JSON.stringify({ before, away, back, after, took })}\n`)
      expect([before, away, back, after].flatMap(({ wrong }) => wrong)).toEqual([])
      // A run in which nobody asked would prove nothing.
      expect(away.unknown).toBeGreaterThan(100)
      expect(away.served, 'without outageGrace').toBe(0)
      expect(away.slowest, 'refusals while the store was known to be away').toBeLessThan(AT_ONCE + ALLOWANCE)
      expect(took).toBeLessThan(BACK_WITHIN + ALLOWANCE)
      expect([after.unknown, after.served > 50]).toEqual([0, true])
    },
  )

  it('with local sessions: logins meanwhile survive, log-outs meanwhile hold, and another node says 503 of what it cannot know', {
    timeout: 120_000 + AWAY,
  }, async () => {
    await startNodes('    local_sessions: true\n')
    const { living, ended } = await populate()
    const leaving = await create(nodeAt(0), 'leaving')
    const everywhere = await create(nodeAt(1), 'everywhere')
    const tally = newTally()
    let isOver = false
    const traffic = load(
      living,
      ended,
      () => tally,
      () => isOver,
    )
    await until('there is traffic', async () => tally.served > 50)
    await redis.signal('SIGSTOP')
    await until('both nodes know', () => all('degraded'))
    await until('logins go on', async () => (await post(nodeAt(0), '/sessions', { userId: 'probe' })).status === 201)
    const made: string[] = []
    for (let user = 0; user < USERS; user++) made.push(await create(nodeAt(user), `made-${user}`))
    for (const [at, token] of made.entries()) {
      expect((await show(nodeAt(at), token)).status, 'at the node that made it').toBe(200)
      expect((await show(nodeAt(at + 1), token)).status, 'at another node').toBe(503)
    }
    const out = await post(nodeAt(0), '/sessions/terminate', { token: leaving })
    expect([out.status, out.headers.get('sojourn-level')]).toEqual([202, 'local'])
    const madeAndOut = await create(nodeAt(0), 'made-and-out')
    expect((await post(nodeAt(0), '/sessions/terminate', { token: madeAndOut })).status).toBeLessThan(300)
    const endAll = { method: 'DELETE', headers: { authorization: `Bearer ${SERVICE_KEY}` } }
    expect((await fetch(`${nodeAt(1).url}/api/v1/users/everywhere/sessions`, endAll)).status).toBeLessThan(300)
    await pause(AWAY)
    await redis.signal('SIGCONT')
    const took = await untilServed([...living, ...made])
    await until('both are healthy', () => all('healthy'))
    for (const token of [leaving, madeAndOut, everywhere])
      for (const node of nodes) expect((await show(node, token)).status, 'of what was ended meanwhile').toBe(401)
    isOver = true
    await traffic
    expect(tally.wrong).toEqual([])
    expect(took).toBeLessThan(BACK_WITHIN + ALLOWANCE)
  })
})
