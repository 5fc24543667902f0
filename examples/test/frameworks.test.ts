import { type ClientHttp2Session, connect } from 'node:http2'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPOSITORY } from '../../packages/sojourn/test/house/plant.js'
import { INSTALLING_MS, type RunningExample, runExample, startProgram } from './support/run-example.js'
import { openTab, type Tab } from './support/tab.js'

const ALICE = { user: 'alice', password: 'wonderland' }

describe.each(['node', 'express', 'fastify', 'hono'])('the example for %s', (name) => {
  let example: RunningExample
  beforeAll(async () => {
    example = await runExample(name)
  }, INSTALLING_MS)
  afterAll(() => example.stop())

  async function loggedIn(): Promise<Tab> {
    const tab = openTab(example.url)
    expect((await tab.post('/login', ALICE)).headers.get('location')).toBe('/account')
    return tab
  }

  it('says its address and the login to try', () => {
    expect(example.output()).toMatch(/^http:\/\/127\.0\.0\.1:\d+ .*alice with wonderland/m)
  })

  it('shows the page of somebody who logged in, and not before', async () => {
    const tab = openTab(example.url)
    expect(await (await tab.get('/')).text()).toContain('Sign in')
    expect((await tab.get('/account')).status).toBe(401)
    expect((await tab.post('/login', { ...ALICE, password: 'looking-glass' })).headers.get('location')).toBe('/?failed')
    expect((await tab.get('/account')).status).toBe(401)
    expect((await tab.post('/login', ALICE)).status).toBe(303)
    expect(await (await tab.get('/')).text()).toContain('Hello, alice')
    const account = await tab.get('/account')
    expect([account.status, await account.text()]).toEqual([200, expect.stringContaining('Account of alice')])
    expect(account.headers.get('cache-control')).toMatch(/private|no-store/)
  })

  it('serves many tabs of one browser at once', async () => {
    const { cookies } = await loggedIn()
    const tabs = Array.from({ length: 20 }, () => openTab(example.url, cookies))
    const answers = await Promise.all(tabs.map((tab) => tab.get('/account')))
    expect(answers.map(({ status }) => status)).toEqual(tabs.map(() => 200))
  })

  it('refuses a cookie after its logout, in every tab, and leaves the other browser alone', async () => {
    const [tab, other] = [await loggedIn(), await loggedIn()]
    const copy = openTab(example.url, tab.cookies)
    expect((await tab.post('/logout')).headers.get('location')).toBe('/')
    expect(tab.cookies.size).toBe(0)
    expect((await copy.get('/account')).status).toBe(401)
    // The answer took the dead cookie back.
    expect(copy.cookies.size).toBe(0)
    expect((await other.get('/account')).status).toBe(200)
  })

  it('lets no page of another site log anybody out', async () => {
    const tab = await loggedIn()
    const refused = await tab.post('/logout', {}, { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' })
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'CSRF_REJECTED' }])
    expect((await tab.get('/account')).status).toBe(200)
  })
})

describe('npm run example', () => {
  it.each([
    [[], 'name is express'],
    [['nest'], 'name is express'],
    [['migrate'], 'name is express'],
    [['node', '--port', '70000'], '--port is a number'],
  ])('says what is allowed when it is given %j', async (args, told) => {
    await expect(startProgram([join(REPOSITORY, 'scripts/example.mjs'), ...args])).rejects.toThrow(told)
  })
})

describe('the example for node over HTTP/2', () => {
  let example: RunningExample
  let connection: ClientHttp2Session
  beforeAll(async () => {
    example = await runExample('node', { HTTP2: '1' })
    connection = connect(example.url)
  }, INSTALLING_MS)
  afterAll(async () => {
    connection.close()
    await example.stop()
  })

  /** One request of the connection. */
  async function ask(headers: Readonly<Record<string, string>>, body = ''): Promise<{ status: number; cookie: string; text: string }> {
    const stream = connection.request({ ':path': '/', ...headers })
    if (headers[':method'] === 'POST') stream.end(body)
    const head = await new Promise<{ ':status'?: number; 'set-cookie'?: string[] }>((resolve, reject) => {
      stream.once('response', resolve).once('error', reject)
    })
    let text = ''
    for await (const part of stream.setEncoding('utf8')) text += String(part)
    return { status: head[':status'] ?? 0, cookie: head['set-cookie']?.[0]?.split(';')[0] ?? '', text }
  }
  const posting = (path: string) => ({ ':method': 'POST', ':path': path, 'sec-fetch-site': 'same-origin' })

  it('logs in, serves many requests of one connection at once, and logs out for good', async () => {
    const { status, cookie } = await ask(posting('/login'), new URLSearchParams(ALICE).toString())
    expect([status, cookie]).toEqual([303, expect.stringMatching(/^id=./)])
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask({ ':path': '/account', cookie })))
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200))
    expect(await ask({ ...posting('/logout'), cookie })).toMatchObject({ status: 303, cookie: 'id=' })
    expect(await ask({ ':path': '/account', cookie })).toMatchObject({ status: 401 })
  })
})
