import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionManager } from 'sojourn'
import { sqliteStore } from 'sojourn/sqlite'
import { CLIENT } from '../http/client.mjs'
import { filled, sizesFor } from '../lib/filled.mjs'
import { MASTER_KEY } from '../lib/master-key.mjs'

const TYPICAL = { roles: ['user'], permissions: ['read', 'write'], data: { cart: [1, 2, 3] } }
const AT_ONCE = 64

/** Bytes of the files of a SQLite store, per session, after it was closed. */
async function onDisk(count) {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
  try {
    const storage = await sqliteStore({ path: join(folder, 'sessions.db') })
    const manager = await createSessionManager({ storage, keys: { master: MASTER_KEY }, cleanupInterval: 0 })
    for (let from = 0; from < count; from += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, place) => manager.createSession(`user-${from + place}`, CLIENT, TYPICAL)))
    await manager.close()
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / count
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Bytes of a session with two permissions, a role and a little data. */
export async function table(report, { isQuick }) {
  const rows = []
  for (const count of sizesFor(isQuick).slice(1)) {
    const { bytes, stored } = await filled(count)
    rows.push([`in the near-cache (RSS), ${count.toLocaleString('en')} sessions`, bytes.toFixed(0)])
    rows.push([`in Redis (used_memory, indexes included), ${count.toLocaleString('en')} sessions`, stored.toFixed(0)])
    if (!isQuick || count === sizesFor(isQuick).at(-1)) {
      report.goals.length = 0
      report.goal('memory-cache', bytes)
      report.goal('memory-redis', stored)
    }
  }
  const count = isQuick ? 12_800 : 51_200
  const disk = await onDisk(count)
  rows.push([`on disk in SQLite (files after close), ${count.toLocaleString('en')} sessions`, disk.toFixed(0)])
  report.goal('memory-disk', disk)
  report.heading('Bytes of a session')
  report.table(['', 'bytes'], rows)
}
