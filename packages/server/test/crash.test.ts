import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from './support/folder.js'
import { SERVICE_KEY } from './support/service.js'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
/** Inside of the package, so that what it imports is found. */
const OUT = join(PACKAGE, '.cache', `serve-${process.pid}`)

beforeAll(async () => {
  await build({
    config: false,
    cwd: PACKAGE,
    entry: { serve: fileURLToPath(new URL('./support/serve.ts', import.meta.url)) },
    outDir: OUT,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    fixedExtension: false,
    dts: false,
    logLevel: 'error',
    tsconfig: '../../tsconfig.json',
    deps: { alwaysBundle: [/^sojourn($|\/)/], neverBundle: [/^@photostructure\//] },
  })
})
afterAll(() => rm(OUT, { recursive: true, force: true }))

interface Child {
  readonly process: ChildProcess
  readonly url: string
}

async function serve(dataDir: string): Promise<Child> {
  const child = spawn(process.execPath, [join(OUT, 'serve.js')], {
    env: { PATH: process.env['PATH'], SOJOURN_PORT: '0', SOJOURN_DATA_DIR: dataDir, SOJOURN_SERVICE_KEY: SERVICE_KEY },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part) => {
      text += String(part)
      const found = /^listening (\S+)$/m.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`the service did not start: ${text}`)))
  })
  return { process: child, url }
}

async function post(url: string, path: string, json: unknown): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SERVICE_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(json),
  })
  return (await answer.json()) as Readonly<Record<string, unknown>>
}

it('keeps every session that it acknowledged when it is killed in the middle of a thousand creations', async () => {
  const dataDir = await temporaryFolder()
  const first = await serve(dataDir)
  const acknowledged: string[] = []
  let sent = 0
  const createUntilKilled = async (): Promise<void> => {
    while (sent < 1_000) {
      const index = sent++
      try {
        const { token } = await post(first.url, '/sessions', { userId: `user-${index}` })
        if (typeof token === 'string') acknowledged.push(token)
      } catch {
        // The connection broke: nothing was acknowledged, so nothing is promised.
        return
      }
      if (acknowledged.length === 400) first.process.kill('SIGKILL')
    }
  }
  const gone = once(first.process, 'exit')
  await Promise.all(Array.from({ length: 25 }, createUntilKilled))
  await gone
  expect(first.process.signalCode).toBe('SIGKILL')
  expect(acknowledged.length).toBeGreaterThanOrEqual(400)
  expect(sent).toBeLessThan(1_000)

  const second = await serve(dataDir)
  const lost: string[] = []
  for (const token of acknowledged) {
    const { isValid } = await post(second.url, '/sessions/validate', { token })
    if (isValid !== true) lost.push(token)
  }
  expect(lost).toHaveLength(0)
})
