// Run inside a project where library and service are installed: the command serves, answers and stops.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

const READY_WITHIN_MS = 20_000

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

const port = await freePort()
const url = `http://127.0.0.1:${port}`
const env = {
  ...process.env,
  SOJOURN_HOST: '127.0.0.1',
  SOJOURN_PORT: String(port),
  SOJOURN_DATA_DIR: 'data',
  SOJOURN_SERVICE_KEY: 'k'.repeat(43),
}
const service = spawn('node_modules/.bin/sojourn', ['serve'], { env, stdio: 'inherit' })
const exited = once(service, 'exit')

async function isReady() {
  try {
    return (await fetch(`${url}/readyz`)).status === 200
  } catch (error) {
    // Refused until the port is open; anything else is a fault.
    if (error.cause?.code === 'ECONNREFUSED') return false
    throw error
  }
}

try {
  const deadline = Date.now() + READY_WITHIN_MS
  while (!(await isReady())) {
    assert.equal(service.exitCode, null, 'the service runs')
    assert.ok(Date.now() < deadline, `GET ${url}/readyz answers 200 within ${READY_WITHIN_MS} ms`)
    await wait(50)
  }
  const headers = { authorization: `Bearer ${env.SOJOURN_SERVICE_KEY}`, 'content-type': 'application/json' }
  const created = await fetch(`${url}/api/v1/sessions`, { method: 'POST', headers, body: JSON.stringify({ userId: 'alice' }) })
  assert.equal(created.status, 201)
  const { token } = await created.json()
  const validated = await fetch(`${url}/api/v1/sessions/validate`, { method: 'POST', headers, body: JSON.stringify({ token }) })
  assert.equal((await validated.json()).isValid, true)
  service.kill('SIGTERM')
  const [code] = await exited
  assert.equal(code, 0, 'the service stops with exit code 0 when told to')
} finally {
  if (service.exitCode === null) service.kill('SIGKILL')
}
