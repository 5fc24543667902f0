import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionManager } from 'sojourn'
import { sqliteStore } from 'sojourn/sqlite'
import { CLIENT } from '../http/client.mjs'
import { MASTER_KEY } from '../lib/master-key.mjs'
import { padStore } from '../lib/padded-store.mjs'
import { median } from '../lib/statistics.mjs'

const TYPICAL = { roles: ['user'], permissions: ['read', 'write'], data: { cart: [1, 2, 3] } }
const SMALL = 10_000
const LARGE = 10_000_000
const LARGE_QUICK = 200_000
const AT_ONCE = 64
const ROUNDS = 7
const GETS = 3_000
const CREATES = AT_ONCE * 20
/** A prime: goes through all sessions, and never to a neighbour. */
const STEP = 7_919

/** No rows in memory: each validation reads the file. */
const open = async (path) =>
  createSessionManager({
    storage: await sqliteStore({ path }),
    keys: { master: MASTER_KEY },
    cleanupInterval: 0,
    cache: { maxSessions: 0 },
    devices: { enabled: false },
  })

async function together(count, work) {
  for (let from = 0; from < count; from += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, place) => work(from + place)))
}

/** Microseconds of one. */
async function timed(count, work) {
  const cpu = process.cpuUsage()
  const start = performance.now()
  await together(count, work)
  const wall = ((performance.now() - start) * 1_000) / count
  const { user, system } = process.cpuUsage(cpu)
  return { wall, cpu: (user + system) / count }
}

async function measure(path, tokens, name) {
  const manager = await open(path)
  try {
    const gets = []
    const creates = []
    for (let round = 0; round < ROUNDS; round++) {
      const get = async (place) => {
        const { isValid } = await manager.validateSession(tokens[(place * STEP + round) % tokens.length], CLIENT, { activity: false })
        if (!isValid) throw new TypeError('a living session was refused')
      }
      gets.push(await timed(GETS, get))
      creates.push(await timed(CREATES, (place) => manager.createSession(`${name}-${round}-${place}`, CLIENT, TYPICAL)))
    }
    return { gets: gets.slice(1), creates: creates.slice(1) }
  } finally {
    await manager.close()
  }
}

const costOf = (rounds) => ({ wall: median(rounds.map(({ wall }) => wall)), cpu: median(rounds.map(({ cpu }) => cpu)) })

/** What many sessions in the file of the embedded store do to reading one and to creating one. */
export async function table(report, { isQuick }) {
  const large = isQuick ? LARGE_QUICK : LARGE
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
  const path = join(folder, 'sessions.db')
  try {
    const tokens = []
    const first = await open(path)
    await together(SMALL, async (place) => tokens.push((await first.createSession(`user-${place}`, CLIENT, TYPICAL)).token))
    await first.close()
    const few = await measure(path, tokens, 'few')
    await padStore(path, large)
    const bytes = statSync(path).size / large
    const many = await measure(path, tokens, 'many')
    const rows = []
    for (const [verb, id, one, other] of [
      ['validateSession, read from the file', 'stored-get', few.gets, many.gets],
      ['createSession', 'stored-create', few.creates, many.creates],
    ]) {
      const [small, big] = [costOf(one), costOf(other)]
      rows.push([
        verb,
        ...[small.wall, big.wall, small.cpu, big.cpu].map((cost) => cost.toFixed(0)),
        `${(big.wall / small.wall).toFixed(2)} times`,
      ])
      if (!isQuick) report.goal(id, big.wall / small.wall)
    }
    const [fewer, more] = [SMALL, large].map((count) => count.toLocaleString('en'))
    report.heading(
      `The embedded store with ${fewer} and with ${more} sessions in its file, ${AT_ONCE} at once, medians of ${ROUNDS - 1} rounds`,
    )
    report.table(['', `µs at ${fewer}`, `µs at ${more}`, `µs CPU at ${fewer}`, `µs CPU at ${more}`, 'against few'], rows)
    report.note(
      `The file has ${bytes.toFixed(0)} bytes for each of ${more} sessions. All but the first ${fewer} are copies under other ids, which nobody opens.`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
