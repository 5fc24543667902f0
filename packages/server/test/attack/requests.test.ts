import { memoryStore } from 'sojourn/memory'
import { seededRandom } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { probedStore } from '../../../sojourn/test/behaviour/probed-store.js'
import { sendRaw } from '../support/raw.js'
import { ADMIN_KEY, bodyOf, problemOf, SERVICE_KEY, testService } from '../support/service.js'
import { startConfigured } from '../support/started.js'

const cookieOf = (token: string): string => `__Host-id=${token}`

describe('a door', () => {
  /** Spellings that some server, proxy or framework in the way may take for another path than its guard does. */
  const PATHS = [
    '/api/v1/admin/sessions/',
    '//api/v1/admin/sessions',
    '/api//v1/admin/sessions',
    '/./api/v1/admin/sessions',
    '/healthz/../api/v1/admin/sessions',
    '/healthz/..%2fapi/v1/admin/sessions',
    '/healthz/%2e%2e/api/v1/admin/sessions',
    '/%61pi/v1/admin/sessions',
    '/api/v1/%61dmin/sessions',
    '/API/V1/ADMIN/SESSIONS',
    '/api/v1/admin/sessions;x=/healthz',
    '/healthz;/api/v1/admin/sessions',
    '/api/v1/admin/sessions%00',
    '/api/v1/admin/sessions%20',
    '/api/v1/admin\\sessions',
    '/api/v1/admin/sessions#/healthz',
    '/api/v1/admin/sessions?/healthz',
    '/healthz#/api/v1/admin/sessions',
    'http://127.0.0.1/api/v1/admin/sessions',
  ]
  const TRICKS = [
    '',
    'User-Agent: GoogleHC/1.0\r\n',
    'User-Agent: kube-probe/1.31\r\n',
    'X-Original-URL: /healthz\r\nX-Rewrite-URL: /healthz\r\n',
    'X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n',
    'X-Forwarded-User: admin\r\nX-Remote-User: admin\r\nX-Auth-Request-User: admin\r\nRemote-User: admin\r\n',
    'X-Middleware-Subrequest: middleware:middleware:middleware\r\n',
    'X-HTTP-Method-Override: GET\r\n',
    'Authorization: Basic YWRtaW46YWRtaW4=\r\n',
    'Authorization: Bearer\r\n',
    'Cookie: admin=true\r\n',
  ]

  it('opens to no spelling of its path, no agent and no header without its key [ADM-7 CKE-13 ATK-108 ATK-109]', async () => {
    const { url } = await startConfigured('session_manager:\n  session_storage:\n    type: memory\n')
    const host = new URL(url).host
    const tried: Promise<void>[] = []
    for (const path of ['/api/v1/admin/sessions', ...PATHS]) {
      for (const trick of path === '/api/v1/admin/sessions' ? TRICKS : TRICKS.slice(0, 2)) {
        const sent = sendRaw(url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${trick}Connection: close\r\n\r\n`)
        tried.push(
          sent.then(({ status, body }) => {
            expect(body, `${path} with ${trick}`).not.toContain('"sessions"')
            // What leads to the health of the service tells that, and nothing else.
            if (status === 200) expect(JSON.parse(body), path).toEqual({ status: 'ok' })
            else expect([400, 401, 404], `${path} with ${trick}`).toContain(status)
          }),
        )
      }
    }
    await Promise.all(tried)
  })

  it('opens to its own kind of key alone [ADM-3]', async () => {
    const { send, create } = await testService()
    const { token } = await create()
    for (const key of [SERVICE_KEY, token, `${ADMIN_KEY}x`, ADMIN_KEY.slice(0, -1), ADMIN_KEY.toUpperCase(), '']) {
      expect((await send('GET', '/api/v1/admin/sessions', { key })).status).toBe(401)
    }
    for (const key of [ADMIN_KEY, token]) expect((await send('GET', '/api/v1/users/alice/sessions', { key })).status).toBe(401)
    for (const key of [ADMIN_KEY, SERVICE_KEY]) expect((await send('GET', '/api/v1/auth/session', { key })).status).toBe(401)
  })

  it('to the sessions of another user or tenant looks like one to nothing [ADM-3 ERR-2 ATK-112]', async () => {
    const { send, create, sessions } = await testService()
    const mine = await create('alice', { tenant: 'acme' })
    const others = [await create('bob', { tenant: 'acme' }), await create('alice', { tenant: 'globex' })]
    const answers: string[] = []
    for (const sessionId of [...others.map(({ id }) => id), `sid_aa${'A'.repeat(22)}`]) {
      const answer = await send('POST', '/api/v1/auth/sessions/revoke', { key: mine.token, json: { sessionId } })
      const { status, title, detail, code } = await problemOf(answer)
      answers.push(JSON.stringify([status, title, detail, code]))
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('404')
    for (const { id } of others) expect(await sessions.getSession(id)).toMatchObject({ status: 'active' })
  })
})

describe('visitors without a session', () => {
  it('leave nothing in the store, ten thousand of them, also by logging out [ATK-120]', async () => {
    const store = probedStore(await memoryStore())
    const { send } = await testService({}, { storage: store, throttle: { enabled: false } })
    const rows = (await store.rows()).length
    const before = store.calls()
    const random = seededRandom(120)
    const made = (): string => Array.from({ length: 82 }, () => random.below(36).toString(36)).join('')
    for (let i = 0; i < 2_500; i++) {
      const headers = { 'sec-fetch-site': 'same-origin' }
      await send('GET', '/api/v1/auth/session')
      await send('GET', '/api/v1/auth/session', { cookie: cookieOf(made()) })
      await send('POST', '/api/v1/auth/logout', { headers })
      const answer = await send('POST', '/api/v1/auth/logout', { cookie: cookieOf(made()), headers })
      expect(answer.status).toBeLessThan(500)
    }
    expect(store.calls()).toBe(before)
    expect(await store.rows()).toHaveLength(rows)
  })
})

describe('requests at the same time', () => {
  it('get their own answers, good and bad ones mixed, for five users at once [ERR-4 ATK-057]', async () => {
    const { send, create } = await testService({}, { throttle: { enabled: false } })
    const random = seededRandom(57)
    const users = await Promise.all(['ann', 'ben', 'cat', 'dan', 'eve'].map((name) => create(name, { data: { of: name } })))
    const kinds = [
      async (): Promise<void> => {
        const { token, userId, id } = random.pick(users)
        const answer = await send('GET', '/api/v1/auth/session', { cookie: cookieOf(token) })
        expect(await bodyOf(answer)).toMatchObject({ id, userId, data: { of: userId } })
      },
      async (): Promise<void> => {
        const name = `f${random.below(1_000_000)}`
        expect(await problemOf(await send('GET', `/healthz?${name}=1`))).toMatchObject({ status: 400, path: name })
      },
      async (): Promise<void> => {
        const { token } = random.pick(users)
        const answer = await send('GET', '/api/v1/auth/session', { cookie: cookieOf(`${token.slice(0, 81)}!`) })
        expect(await problemOf(answer)).toMatchObject({ status: 401, code: 'TOKEN_MALFORMED' })
      },
      async (): Promise<void> => {
        const requestId = `r${random.below(1_000_000)}`
        const answer = await send('POST', '/api/v1/sessions/validate', {
          key: SERVICE_KEY,
          headers: { 'x-request-id': requestId },
          json: { token: random.pick(users).id },
        })
        expect(answer.headers.get('x-request-id')).toBe(requestId)
        expect(await bodyOf(answer)).toMatchObject({ isValid: false, error: { code: 'TOKEN_MALFORMED' } })
      },
    ]
    for (let round = 0; round < 50; round++) await Promise.all(Array.from({ length: 60 }, () => random.pick(kinds)()))
  })
})

describe('a place in the list of sessions', () => {
  it('that was made up or changed is refused as bad input, whatever it holds [STO-10 ATK-079]', async () => {
    const { send, create } = await testService()
    for (let i = 0; i < 5; i++) await create(`user-${i}`)
    const { next } = await bodyOf<{ next: string }>(await send('GET', '/api/v1/admin/sessions?limit=2', { key: ADMIN_KEY }))
    expect(next).toEqual(expect.any(String))
    const forged = [
      "' OR 1=1 --",
      '../../x',
      '*',
      '\r\nflush_all',
      `${next}'`,
      `${next} `,
      ` ${next}`,
      `${next};`,
      '{"$gt":""}',
      '\0',
      'é',
      '-1',
      '',
    ]
    for (const after of forged) {
      const answer = await send('GET', `/api/v1/admin/sessions?limit=2&after=${encodeURIComponent(after)}`, { key: ADMIN_KEY })
      expect(await problemOf(answer), after).toMatchObject({ status: 400, code: 'INVALID_ARGUMENT', path: 'after' })
    }
  })
})
