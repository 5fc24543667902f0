import { once } from 'node:events'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from './support/folder.js'
import { SERVICE_KEY } from './support/service.js'
import { bundleService, type ServiceBundle, type ServiceProcess, startServiceProcess } from './support/service-process.js'

let bundle: ServiceBundle
beforeAll(async () => {
  bundle = await bundleService()
})
afterAll(() => bundle?.remove())

async function serve(dataDir: string): Promise<ServiceProcess> {
  const started = await startServiceProcess(bundle.file, { SOJOURN_DATA_DIR: dataDir, SOJOURN_SERVICE_KEY: SERVICE_KEY })
  onTestFinished(() => started.kill())
  return started
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
