import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../lib/free-port.mjs'
import { median } from '../lib/statistics.mjs'

const CLI = fileURLToPath(new URL('../../packages/server/dist/cli.js', import.meta.url))
const HERE = fileURLToPath(new URL('..', import.meta.url))
const GIVE_UP_MS = 30_000

async function isReady(url) {
  try {
    return (await fetch(`${url}/readyz`)).status === 200
  } catch {
    return false
  }
}

const ended = (child) => new Promise((resolve) => child.on('exit', resolve))

/** From the start of the process until `GET /readyz` answers 200, with a data folder that is new or was used before. */
async function startOfService(folder) {
  const port = await freePort()
  const start = performance.now()
  const child = spawn(process.execPath, [CLI, 'serve'], {
    env: { ...process.env, SOJOURN_PORT: String(port), SOJOURN_HOST: '127.0.0.1', SOJOURN_DATA_DIR: folder },
    stdio: 'ignore',
  })
  const gone = ended(child)
  try {
    while (!(await isReady(`http://127.0.0.1:${port}`))) {
      if (child.exitCode !== null || performance.now() - start > GIVE_UP_MS) throw new Error('the service did not become ready')
      await pause(2)
    }
    return performance.now() - start
  } finally {
    child.kill('SIGTERM')
    await gone
  }
}

/** Prints what an import takes inside of a new process. */
const measuring = (name) => `
const start = performance.now()
await import('${name}')
console.log(performance.now() - start)`

function importOf(name) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', measuring(name)], { cwd: HERE, stdio: ['ignore', 'pipe', 'inherit'] })
  const parts = []
  child.stdout.on('data', (part) => parts.push(part))
  return ended(child).then(() => Number(Buffer.concat(parts).toString()))
}

function rowOf(name, times) {
  return [name, median(times).toFixed(1), `${Math.min(...times).toFixed(1)}–${Math.max(...times).toFixed(1)}`]
}

/** How long it takes until the service can be used, and until the library is imported. */
export async function table(report, { isQuick }) {
  const rounds = isQuick ? 3 : 9
  const times = { fresh: [], again: [], library: [], express: [] }
  for (let round = 0; round < rounds; round++) {
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
    try {
      times.fresh.push(await startOfService(folder))
      times.again.push(await startOfService(folder))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    times.library.push(await importOf('sojourn'))
    times.express.push(await importOf('express'))
  }
  report.heading(`Start, medians of ${rounds} (least–most)`)
  report.table(
    ['', 'ms', 'least–most'],
    [
      rowOf('`sojourn serve` until ready, new data folder', times.fresh),
      rowOf('`sojourn serve` until ready, data folder used before', times.again),
      rowOf("import 'sojourn'", times.library),
      rowOf("import 'express', for scale", times.express),
    ],
  )
  report.goal('start-ready', median(times.fresh))
  report.goal('start-import', median(times.library))
}
