import { execFile } from 'node:child_process'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isSessionError } from 'sojourn'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DEFAULT_SETTINGS, type RunningService, type ServiceSettings, type StartOptions, startService } from '../src/index.js'
import { temporaryFolder } from './support/folder.js'
import { rawConnection, sendRaw } from './support/raw.js'
import { capturingLogger, type Line } from './support/service.js'

const run = promisify(execFile)

interface Started {
  readonly service: RunningService
  readonly announced: string
  readonly lines: readonly Line[]
}

async function start(dataDir: string, settings: Partial<ServiceSettings> = {}, options: StartOptions = {}): Promise<Started> {
  const lines: Line[] = []
  let announced = ''
  const announce = (text: string): void => {
    announced = text
  }
  const service = await startService(
    { ...DEFAULT_SETTINGS, port: 0, dataDir, ...settings },
    { logger: capturingLogger(lines), announce, ...options },
  )
  onTestFinished(() => service.close())
  return { service, announced, lines }
}

async function create(url: string, key: string, userId = 'alice'): Promise<{ readonly token: string; readonly id: string }> {
  const answer = await fetch(`${url}/api/v1/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ userId }),
  })
  expect(answer.status).toBe(201)
  return (await answer.json()) as { token: string; id: string }
}

const whoAmI = (url: string, token: string): Promise<Response> =>
  fetch(`${url}/api/v1/auth/session`, { headers: { authorization: `Bearer ${token}` } })
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

describe('a start', () => {
  it('makes the data folder, the database, the keys and the audit log for this user alone [ADM-2 ATK-054]', async () => {
    const dataDir = join(await temporaryFolder(), 'a', 'data')
    const { service } = await start(dataDir)
    const serviceKey = (await readFile(join(dataDir, 'service-key'), 'utf8')).trim()
    await create(service.url, serviceKey)
    expect(await modeOf(dataDir)).toBe('700')
    for (const name of ['service-key', 'admin-key', 'sojourn.db', 'audit.jsonl', 'keys.json'])
      expect(await modeOf(join(dataDir, name)), name).toBe('600')
    expect(serviceKey).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect((await readFile(join(dataDir, 'admin-key'), 'utf8')).trim()).not.toBe(serviceKey)
    expect(service.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  it('says the keys once, and each time one command that works as it is printed', async () => {
    const dataDir = join(await temporaryFolder(), "it's data")
    for (const isFirst of [true, false]) {
      const { service, announced } = await start(dataDir)
      const serviceKey = (await readFile(join(dataDir, 'service-key'), 'utf8')).trim()
      const adminKey = (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim()
      expect(announced).toContain(service.url)
      expect(announced).toContain(dataDir)
      expect(announced.includes(serviceKey)).toBe(isFirst)
      expect(announced.includes(adminKey)).toBe(isFirst)
      const commands = announced.split('\n').filter((line) => line.trim().startsWith('curl '))
      expect(commands).toHaveLength(1)
      const { stdout } = await run('sh', ['-c', commands[0] ?? ''])
      expect(JSON.parse(stdout)).toMatchObject({ userId: 'alice', token: expect.any(String), status: 'active' })
      await service.close()
    }
  })

  it('takes keys that were configured and writes none', async () => {
    const dataDir = await temporaryFolder()
    const { service, announced, lines } = await start(dataDir, {
      serviceKey: 'short-service-key',
      adminKey: 'an-admin-key-that-is-long-enough-0123',
    })
    await create(service.url, 'short-service-key')
    expect(await readdir(dataDir)).not.toContain('service-key')
    expect(announced).not.toContain('short-service-key')
    expect(announced).toContain('$SOJOURN_SERVICE_KEY')
    expect(lines.some(({ level, message }) => level === 'warn' && message.includes('fewer than 32 characters'))).toBe(true)
  })

  it('keeps sessions over a restart, and only in memory if that was configured', async () => {
    const dataDir = await temporaryFolder()
    for (const [type, status] of [
      ['sqlite', 200],
      ['memory', 401],
    ] as const) {
      const first = await start(dataDir, { storage: { type } })
      const serviceKey = (await readFile(join(dataDir, 'service-key'), 'utf8')).trim()
      const { token } = await create(first.service.url, serviceKey)
      await first.service.close()
      const second = await start(dataDir, { storage: { type } })
      expect((await whoAmI(second.service.url, token)).status).toBe(status)
      await second.service.close()
    }
  })

  it('of a second service on the same folder shares the sessions, and an end is an end in both [TRM-1]', async () => {
    const dataDir = await temporaryFolder()
    const one = await start(dataDir)
    const two = await start(dataDir)
    const serviceKey = (await readFile(join(dataDir, 'service-key'), 'utf8')).trim()
    const { token } = await create(one.service.url, serviceKey)
    expect((await whoAmI(two.service.url, token)).status).toBe(200)
    expect(
      (await fetch(`${two.service.url}/api/v1/auth/logout`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })).status,
    ).toBe(204)
    expect((await whoAmI(one.service.url, token)).status).toBe(401)
  })

  it('of services that race for a folder makes one pair of keys', async () => {
    const dataDir = await temporaryFolder()
    const started = await Promise.all(Array.from({ length: 5 }, () => start(dataDir)))
    const serviceKey = (await readFile(join(dataDir, 'service-key'), 'utf8')).trim()
    for (const { service } of started) await create(service.url, serviceKey)
  })

  it('at a port that is taken, with a broken key or in a folder that cannot be, is refused clearly and leaves nothing open', async () => {
    const dataDir = await temporaryFolder()
    const { service } = await start(dataDir)
    const port = Number(new URL(service.url).port)
    const taken = await start(dataDir, { port }).catch((error: unknown) => error)
    expect(isSessionError(taken) && taken.code).toBe('CONFIG_INVALID')
    expect(String(taken)).toContain(`127.0.0.1:${port}: another program listens there`)
    await service.close()
    await (await start(dataDir, { port })).service.close()
    await writeFile(join(dataDir, 'service-key'), 'x\n')
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'CONFIG_INVALID', path: join(dataDir, 'service-key') })
  })

  it('warns loudly of a cookie that is not secure and of listening to everybody [CKE-1]', async () => {
    const { lines } = await start(await temporaryFolder(), { cookie: { name: 'sid', secure: false, sameSite: 'Lax' } })
    expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      expect.stringContaining('COOKIE IS NOT SECURE'),
    ])
  })

  it('writes no audit log and shows no metrics or times if they were switched off', async () => {
    const dataDir = await temporaryFolder()
    const { service } = await start(dataDir, { audit: false, metrics: false })
    expect((await fetch(`${service.url}/metrics`)).status).toBe(404)
    expect(await readdir(dataDir)).not.toContain('audit.jsonl')
    const times = await start(await temporaryFolder(), { latencies: false })
    const text = await (await fetch(`${times.service.url}/metrics`)).text()
    expect(text).toContain('sojourn_sessions_created_total')
    // How far clocks are apart is no time that anything took; how long ends take to be seen is told in any case.
    expect(text.replaceAll(/^.*sojourn_(?:clock_skew|revocation_visible(?:_longest)?)_seconds.*$/gm, '')).not.toMatch(
      /seconds|histogram|_bucket/,
    )
    const all = await start(await temporaryFolder())
    await fetch(`${all.service.url}/healthz`)
    expect(await (await fetch(`${all.service.url}/metrics`)).text()).toMatch(
      /sojourn_http_request_duration_seconds_bucket\{method="GET",route="\/healthz",status="200",le="0\.001"\} /,
    )
  })
})

describe('a close', () => {
  it('finishes what is under way, takes nothing new and answers a second close', async () => {
    const dataDir = await temporaryFolder()
    const { service } = await start(dataDir)
    const serviceKey = (await readFile(join(dataDir, 'service-key'), 'utf8')).trim()
    const body = '{"userId":"alice"}'
    const { socket, answer } = rawConnection(service.url)
    const host = new URL(service.url).host
    socket.write(
      `POST /api/v1/sessions HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${serviceKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    )
    // The answer to a later request says that the earlier one has arrived.
    await fetch(`${service.url}/healthz`)
    const closing = [service.close(), service.close()]
    await expect(fetch(`${service.url}/healthz`)).rejects.toThrow()
    socket.write(body.slice(5))
    const { status, headers } = await answer
    expect(status).toBe(201)
    expect(headers.get('connection')).toBe('close')
    await Promise.all(closing)
  })
})

describe('what comes over the wire', () => {
  it('is judged byte by byte [TOK-8 CKE-9 ATK-060]', async () => {
    const dataDir = await temporaryFolder()
    const { service } = await start(dataDir)
    const serviceKey = (await readFile(join(dataDir, 'service-key'), 'utf8')).trim()
    const { token } = await create(service.url, serviceKey)
    const { token: other } = await create(service.url, serviceKey)
    const host = `Host: ${new URL(service.url).host}\r\n`
    const close = 'Connection: close\r\n\r\n'
    const get = (headers: string): Promise<{ readonly status: number }> =>
      sendRaw(service.url, `GET /api/v1/auth/session HTTP/1.1\r\n${host}${headers}${close}`)
    expect((await get(`Cookie: __Host-id=${token}\r\n`)).status).toBe(200)
    expect((await get(`Cookie: a=b\r\nCookie: __Host-id=${token}\r\n`)).status).toBe(200)
    expect((await get(`Cookie: __Host-id=${token}\r\nCookie: __Host-id=${other}\r\n`)).status).toBe(400)
    expect((await get(`Cookie: __Host-id=${other}\r\nAuthorization: Bearer ${token}\r\n`)).status).toBe(400)
    expect((await get(`Authorization: Bearer ${token}\r\nCookie: __Host-id=${other}\r\n`)).status).toBe(400)
    expect((await get(`Authorization: Bearer ${token}\r\nAuthorization: Bearer ${token}\r\n`)).status).toBe(401)
    expect((await get(`Cookie: __%48ost-id=${token}\r\n`)).status).toBe(401)
    expect((await get(`Cookie: $Version=1; __Host-id="${token}"\r\n`)).status).toBe(401)
  })

  it('is limited: headers, bodies told and untold, and what is no HTTP [AVL-3 ATK-124]', async () => {
    const dataDir = await temporaryFolder()
    const { service } = await start(dataDir)
    const serviceKey = (await readFile(join(dataDir, 'service-key'), 'utf8')).trim()
    const host = `Host: ${new URL(service.url).host}\r\n`
    const close = 'Connection: close\r\n\r\n'
    const post = `POST /api/v1/sessions HTTP/1.1\r\n${host}Authorization: Bearer ${serviceKey}\r\nContent-Type: application/json\r\n`
    const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`
    for (const [request, status] of [
      [`GET /healthz HTTP/1.1\r\n${host}X: ${'a'.repeat(17 * 1_024)}\r\n${close}`, 431],
      ['this is no HTTP\r\n\r\n', 400],
      [`GET /healthz HTTP/1.1\r\n${close}`, 400],
      [`GET /healthz HTTP/1.1\r\nHost: a b\r\n${close}`, 400],
      [`GET /healthz HTTP/1.1\r\nHost: 1.2.3.256\r\n${close}`, 400],
      [`GET /healthz HTTP/1.1\r\nHost: xn--a:4561\r\n${close}`, 400],
      [`${post}Content-Length: 3000000\r\n${close}{"userId":"`, 413],
      [`${post}Transfer-Encoding: chunked\r\n${close}${chunk.repeat(33)}0\r\n\r\n`, 413],
      [`${post}Content-Length: 18\r\nTransfer-Encoding: chunked\r\n${close}0\r\n\r\n`, 400],
      [`GET http://evil.example/healthz HTTP/1.1\r\n${host}${close}`, 200],
    ] as const) {
      const answer = await sendRaw(service.url, request)
      expect(answer.status, request.slice(0, 60)).toBe(status)
      expect(answer.headers.get('x-content-type-options'), request.slice(0, 60)).toBe('nosniff')
    }
  })

  it('carries the address of the connection into the session, and no address that a header claims [CKE-13 ATK-108]', async () => {
    const dataDir = await temporaryFolder()
    const { service } = await start(dataDir)
    const serviceKey = (await readFile(join(dataDir, 'service-key'), 'utf8')).trim()
    const { token } = await create(service.url, serviceKey)
    await fetch(`${service.url}/api/v1/auth/session`, {
      headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': '198.51.100.9', forwarded: 'for=198.51.100.9' },
    })
    const answer = await fetch(`${service.url}/api/v1/sessions/analytics`, {
      method: 'POST',
      headers: { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    const { ipAddresses } = (await answer.json()) as { ipAddresses: Array<{ value: string }> }
    expect(ipAddresses.map(({ value }) => value)).toEqual(['127.0.0.1'])
  })
})
