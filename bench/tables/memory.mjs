import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionManager } from 'sojourn'
import { redisStore } from 'sojourn/redis'
import { sqliteStore } from 'sojourn/sqlite'
import { CLIENT } from '../http/client.mjs'
import { filled } from '../lib/filled.mjs'
import { MASTER_KEY } from '../lib/master-key.mjs'
import { startRedis } from '../lib/redis.mjs'

const TYPICAL = { roles: ['user'], permissions: ['read', 'write'], data: { cart: [1, 2, 3] } }
const AT_ONCE = 64

async function fill(manager, count) {
  for (let from = 0; from < count; from += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, place) => manager.createSession(`user-${from + place}`, CLIENT, TYPICAL)))
  await manager.close()
}

const openManager = (storage, devices) =>
  createSessionManager({ storage, keys: { master: MASTER_KEY }, cleanupInterval: 0, devices: { enabled: devices } })

/** Bytes of the files of a SQLite store, per session, after it was closed. */
async function onDisk(count, devices) {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
  try {
    await fill(await openManager(await sqliteStore({ path: join(folder, 'sessions.db') }), devices), count)
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / count
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Bytes that Redis itself says it uses, per session. */
async function inRedis(count, devices) {
  const redis = await startRedis()
  const used = () => Number(/^used_memory:(\d+)/m.exec(redis.cli('INFO', 'memory'))[1])
  try {
    const empty = used()
    await fill(await openManager(await redisStore({ url: redis.url }), devices), count)
    return (used() - empty) / count
  } finally {
    redis.stop()
  }
}

const whole = (number) => number.toLocaleString('en')

/** Bytes of a session with a role, two permissions and a little data, each of another user. */
export async function table(report, { isQuick }) {
  const count = isQuick ? 6_400 : 51_200
  const rows = []
  const { sizes, notes } = await filled(isQuick)
  for (const { count: size, bytes, stored } of sizes.slice(1)) {
    rows.push([`${whole(size)} in the near-cache, RSS`, bytes.rss.toFixed(0)])
    rows.push([`${whole(size)} in the near-cache, heap and buffers in use`, bytes.live.toFixed(0)])
    rows.push([`${whole(size)} in Redis, used_memory`, stored.toFixed(0)])
  }
  const largest = sizes.at(-1)
  report.goal('memory-cache', largest.bytes.rss)
  report.goal('memory-redis', largest.stored)
  const disk = await onDisk(count, true)
  rows.push([`${whole(count)} in Redis, users' devices not remembered`, (await inRedis(count, false)).toFixed(0)])
  rows.push([`${whole(count)} in SQLite, files after close`, disk.toFixed(0)])
  rows.push([`${whole(count)} in SQLite, users' devices not remembered`, (await onDisk(count, false)).toFixed(0)])
  report.goal('memory-disk', disk)
  report.heading('Bytes of a session')
  report.table(['', 'bytes'], rows)
  report.note(
    'Each session is that of another user, so each also has the row in which the devices of that user are remembered, and an index of its own.',
  )
  for (const note of notes) report.note(note)
}
