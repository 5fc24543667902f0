import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { DEFAULT_SETTINGS, startService } from '../src/index.js'
import { serviceLogger } from '../src/logger.js'
import { temporaryFolder } from './support/folder.js'
import { ADMIN_KEY, SERVICE_KEY } from './support/service.js'

const USER = 'user-who-must-not-be-named'
const ADDRESS = '203.0.113.77'

it('writes no token, key, cookie, user id or address into a log, a metric, a problem, the audit log or a file [TOK-2 STO-11 ATK-077]', async () => {
  const dataDir = await temporaryFolder()
  const lines: string[] = []
  const logger = serviceLogger('debug', false, { write: (line) => void lines.push(line) })
  const service = await startService(
    {
      ...DEFAULT_SETTINGS,
      port: 0,
      dataDir,
      serviceKey: SERVICE_KEY,
      adminKey: ADMIN_KEY,
      sessions: { sessionLifetime: '30m', renewal: { threshold: '30m', gracePeriod: 0 } },
    },
    { logger },
  )
  onTestFinished(() => service.close())
  const tokens: string[] = []
  const problems: string[] = []
  const send = async (method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Response> => {
    const answer = await fetch(service.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.clone().text()
    for (const [, token = ''] of text.matchAll(/"token":"([^"]+)"/g)) tokens.push(token)
    for (const cookie of answer.headers.getSetCookie())
      tokens.push(...[...cookie.matchAll(/=([A-Za-z0-9_-]{82});/g)].map(([, token]) => token ?? ''))
    if (answer.headers.get('content-type')?.includes('problem') === true) problems.push(text, ...answer.headers.values())
    return answer
  }
  const asService = { authorization: `Bearer ${SERVICE_KEY}` }
  const create = async (): Promise<{ token: string; id: string }> =>
    (await (
      await send('POST', '/api/v1/sessions', asService, {
        userId: USER,
        context: { ipAddress: ADDRESS, userAgent: 'Mozilla/5.0 Firefox/1' },
      })
    ).json()) as { token: string; id: string }
  const [one, two, three] = [await create(), await create(), await create()]
  const page = { 'sec-fetch-site': 'same-origin' }

  await send('POST', '/api/v1/sessions/validate', asService, { token: one.token, context: { ipAddress: ADDRESS } })
  await send('POST', '/api/v1/sessions/renew', asService, { token: one.token })
  await send('POST', '/api/v1/sessions/renew', asService, { token: `${one.token}x` })
  await send('POST', '/api/v1/sessions', asService, `{"userId":"${USER}","token":"${one.token}","token":"${two.token}"}`)
  await send('POST', '/api/v1/sessions', asService, `{"userId": ${two.token}`)
  await send('POST', '/api/v1/sessions', asService, {
    userId: `"${USER}"`,
    [two.token]: 1,
    options: { tenant: two.token + two.token + two.token + two.token },
  })
  await send('POST', '/api/v1/sessions/validate', { authorization: `Bearer ${two.token}` }, { token: two.token })
  await send('GET', `/api/v1/auth/session?access_token=${two.token}`)
  await send('GET', `/${two.token}`)
  await send('GET', `/healthz?${two.token}`)
  await send('GET', `/healthz?${two.token}=1&${two.token}=2`)
  await send('POST', '/api/v1/sessions', asService, `{"userId":"a","options":{"data":{"${two.token}":1,"${two.token}":2}}}`)
  await send('POST', '/api/v1/auth/logout', { authorization: `Bearer ${one.token}` }, { [two.token]: 1 })
  await send('GET', `/api/v1/users/${USER}/sessions`, asService)
  await send('GET', `/api/v1/users/${USER}%22/sessions`, asService)
  await send('PUT', `/api/v1/users/${USER}/sessions`, asService)
  await send('GET', '/api/v1/auth/session', { cookie: `__Host-id=${two.token}`, 'user-agent': 'Mozilla/5.0 Firefox/1' })
  await send('GET', '/api/v1/auth/session', { cookie: `__Host-id=${two.token}`, authorization: `Bearer ${one.token}` })
  await send('POST', '/api/v1/auth/logout', { cookie: `__Host-id=${three.token}` })
  await send('POST', '/api/v1/auth/sessions/refresh', { cookie: `__Host-id=${three.token}`, ...page })
  await send('POST', '/api/v1/auth/sessions/revoke', { authorization: `Bearer ${tokens.at(-1) ?? ''}` }, { scope: 'others' })
  await send('POST', '/api/v1/auth/logout', { authorization: `Bearer ${one.token}` })
  await send('GET', '/api/v1/admin/sessions', { authorization: `Bearer ${ADMIN_KEY}` })
  await send('DELETE', `/api/v1/admin/sessions/${two.id}`, { authorization: `Bearer ${ADMIN_KEY}` })
  await send('GET', '/healthz', { 'x-request-id': `"${two.token}"`, 'user-agent': two.token, referer: two.token })
  const metrics = await (await fetch(`${service.url}/metrics`)).text()
  await service.close()

  const files = await Promise.all((await readdir(dataDir)).map(async (name) => await readFile(join(dataDir, name), 'latin1')))
  const secrets = [...new Set(tokens), SERVICE_KEY, ADMIN_KEY]
  expect(secrets.length).toBeGreaterThanOrEqual(7)
  expect(lines.length).toBeGreaterThanOrEqual(25)
  expect(problems.length).toBeGreaterThanOrEqual(10)
  for (const [where, text] of Object.entries({ lines: lines.join(''), metrics, problems: problems.join('\n'), files: files.join('\n') })) {
    for (const secret of secrets) expect(text.includes(secret), `${where} holds a secret`).toBe(false)
    for (const person of [USER, ADDRESS]) expect(text.includes(person), `${where} names a person`).toBe(false)
  }
  for (const id of [one.id, two.id])
    expect(`${metrics}${lines.filter((line) => line.includes('"msg":"request"')).join('')}`.includes(id)).toBe(false)
  const requests = lines.map((line): Readonly<Record<string, unknown>> => JSON.parse(line)).filter(({ msg }) => msg === 'request')
  expect(requests.length).toBe(29)
  for (const line of requests)
    expect(Object.keys(line).sort()).toEqual(['level', 'method', 'ms', 'msg', 'requestId', 'route', 'status', 'time'])
  expect(new Set(requests.map(({ route }) => route))).toContain('none')
  expect(new Set(requests.map(({ route }) => route))).toContain('/api/v1/users/{userId}/sessions')
})

it('writes lines for people if that is asked for', () => {
  const lines: string[] = []
  serviceLogger('info', true, { write: (line) => void lines.push(line) }).warn({ route: '/x', ms: 1.5 }, 'a request failed')
  expect(lines.join('')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z WARN {2}a request failed route=\/x ms=1\.5\n$/)
})
