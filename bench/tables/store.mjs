import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { redisStore } from 'sojourn/redis'
import { sqliteStore } from 'sojourn/sqlite'
import { CLIENT } from '../http/client.mjs'
import { MASTER_KEY } from '../lib/master-key.mjs'
import { commandsPer, commandsText, startRedis } from '../lib/redis.mjs'
import { median } from '../lib/statistics.mjs'

const AT_ONCE = 64
const ROUNDS = 5
/** Changes of each kind before the first round: until then the code is not compiled as it will be. */
const WARMING = AT_ONCE * 40
const TYPICAL = { roles: ['user'], permissions: ['read', 'write'], data: { cart: [1, 2, 3] } }

async function timed(count, redis, work) {
  const asked = redis?.commands()
  const before = process.cpuUsage()
  const start = performance.now()
  const found = []
  for (let from = 0; from < count; from += AT_ONCE)
    found.push(...(await Promise.all(Array.from({ length: AT_ONCE }, (_, place) => work(from + place)))))
  const { user, system } = process.cpuUsage(before)
  const perSecond = (count * 1_000) / (performance.now() - start)
  const commands = redis === undefined ? '' : commandsText(commandsPer(count, asked, redis.commands()))
  return { found, perSecond, cpu: (user + system) / count, commands }
}

/** Creations, renewals and ends of one round, each with 64 at once. */
async function round(manager, count, number, redis) {
  const created = await timed(count, redis, (place) => manager.createSession(`user-${number}-${place}`, CLIENT, TYPICAL))
  const renewed = await timed(count, redis, (place) => manager.renewSession(created.found[place].token, CLIENT))
  const ended = await timed(count, redis, (place) => manager.terminateSession(renewed.found[place].token))
  return { createSession: created, renewSession: renewed, terminateSession: ended }
}

const whole = (number) => Math.round(number).toLocaleString('en')

function rowOf(name, rounds) {
  const rates = rounds.map(({ perSecond }) => perSecond)
  const cpu = median(rounds.map((one) => one.cpu)).toFixed(0)
  return [name, whole(median(rates)), `${whole(Math.min(...rates))}–${whole(Math.max(...rates))}`, cpu, rounds.at(-1).commands]
}

async function rowsOf(name, storage, count, redis) {
  const options = { storage, keys: { master: MASTER_KEY }, cleanupInterval: 0, renewal: { auto: false, threshold: '8h' } }
  const manager = await createSessionManager(options)
  try {
    await round(manager, WARMING, 'first')
    const rounds = []
    for (let number = 0; number < ROUNDS; number++) rounds.push(await round(manager, count, number, redis))
    const rates = rounds.map(({ createSession }) => createSession.perSecond)
    const verbs = Object.keys(rounds[0])
    return {
      created: median(rates),
      rows: verbs.map((verb) =>
        rowOf(
          `${name}, ${verb}`,
          rounds.map((one) => one[verb]),
        ),
      ),
    }
  } finally {
    await manager.close()
  }
}

/** What changes a session, on each kind of store, from one process. */
export async function table(report, { isQuick }) {
  const count = AT_ONCE * (isQuick ? 10 : 60)
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
  const redis = await startRedis()
  try {
    const memory = await rowsOf('in memory', await memoryStore(), count)
    const sqlite = await rowsOf('SQLite', await sqliteStore({ path: join(folder, 'sessions.db') }), count)
    const remote = await rowsOf('Redis', await redisStore({ url: redis.url }), count, redis)
    report.heading(`Changes of sessions, ${AT_ONCE} at once, medians of ${ROUNDS} rounds of ${count.toLocaleString('en')} (least–most)`)
    report.table(
      ['', 'per second', 'least–most', 'µs CPU', 'Redis commands of one'],
      [memory, sqlite, remote].flatMap(({ rows }) => rows),
    )
    report.note(`Every change is on the disk (SQLite) or answered by Redis ${redis.version} before it counts as done.`)
    report.goal('store-create-sqlite', sqlite.created)
    report.goal('store-create-redis', remote.created)
  } finally {
    redis.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
