import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSessionManager, type Sessions } from 'sojourn'
import { createSessionClient } from 'sojourn/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { script } from '../../packages/sojourn/test/house/plant.js'
import { freePort, until } from '../../packages/sojourn/test/servers/redis.js'
import { type Browser, type BrowserContext, openBrowser, type Page } from './support/browser.js'
import { INSTALLING_MS, type RunningExample, runExample, startProgram } from './support/run-example.js'

const { prepareExample } = await script<{ readonly prepareExample: (name: string) => Promise<string> }>('lib/examples.mjs')

const SERVICE = fileURLToPath(new URL('../../packages/server/dist/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sojourn-next-'))
const contexts: BrowserContext[] = []
let browser: Browser

async function visitor(): Promise<{ readonly context: BrowserContext; readonly page: Page; readonly errors: Error[] }> {
  const context = await browser.newContext()
  contexts.push(context)
  const page = await context.newPage()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  return { context, page, errors }
}

/** All visitors go. A browser opens connections before it needs them, and Next waits a minute for the first request on each. */
async function leave(): Promise<void> {
  for (const context of contexts.splice(0)) await context.close()
}

async function signIn({ page }: { readonly page: Page }, url: string, password = 'wonderland'): Promise<void> {
  await page.goto(`${url}/login`)
  await page.fill('[name=user]', 'alice')
  await page.fill('[name=password]', password)
  await page.click('button[type=submit]')
}

/** A server action goes on to a page whose address is shown a moment before its text. */
async function arrived({ page }: { readonly page: Page }, url: string, text: string): Promise<void> {
  await page.waitForURL(url)
  await page.waitForSelector(`text=${text}`)
}

async function signedIn(url: string): Promise<Awaited<ReturnType<typeof visitor>>> {
  const visit = await visitor()
  await signIn(visit, url)
  await arrived(visit, `${url}/account`, 'Hello, Alice Arendt')
  return visit
}

async function tokenOf(context: BrowserContext): Promise<string | undefined> {
  return (await context.cookies()).find(({ name }) => name === '__Host-id')?.value
}

const shown = async (page: Page): Promise<string> => (await page.textContent('main')) ?? ''

beforeAll(async () => {
  // Beside the browser comes what drives it.
  await prepareExample('next')
  browser = await openBrowser()
}, INSTALLING_MS)
afterAll(async () => {
  await leave()
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.each([
  ['16', 'next'],
  ['15', 'next-15'],
])('the example for Next.js %s in a browser', (_major, name) => {
  const file = join(folder, `${name}.db`)
  let example: RunningExample
  beforeAll(async () => {
    example = await runExample(name, { SESSION_FILE: file })
  }, INSTALLING_MS)
  afterAll(async () => {
    await leave()
    await example.stop()
  })

  it('shows the login first, then the user, and keeps the token while it is fresh', async () => {
    const { url } = example
    const visit = await visitor()
    const { context, page, errors } = visit
    await page.goto(`${url}/account`)
    expect(page.url()).toBe(`${url}/login`)
    await signIn(visit, url, 'looking-glass')
    await arrived(visit, `${url}/login?failed`, 'do not belong together')
    expect(await tokenOf(context)).toBeUndefined()
    await signIn(visit, url)
    await arrived(visit, `${url}/account`, 'Hello, Alice Arendt')
    const [cookie] = await context.cookies()
    expect(cookie).toMatchObject({ name: '__Host-id', secure: true, httpOnly: true })
    await page.reload()
    expect([await shown(page), await tokenOf(context)]).toEqual([expect.stringContaining('Renewed so far: 0'), cookie?.value])
    expect(errors).toEqual([])
  })

  it('shows the login after a logout, also by the back button and after a reload', async () => {
    const { context, page } = await signedIn(example.url)
    const token = (await tokenOf(context)) ?? ''
    await page.click('text=Sign out')
    await page.waitForURL(`${example.url}/login`)
    expect(await tokenOf(context)).toBeUndefined()
    await page.goBack()
    await page.waitForURL(`${example.url}/login`)
    await page.goto(`${example.url}/account`)
    await page.reload()
    expect([page.url(), await shown(page)]).toEqual([`${example.url}/login`, expect.not.stringContaining('Alice Arendt')])
    // A copy of the cookie that somebody kept is worth nothing, and is taken back.
    const answer = await fetch(`${example.url}/account`, { headers: { Cookie: `__Host-id=${token}` }, redirect: 'manual' })
    expect([answer.headers.get('location'), answer.headers.getSetCookie()[0]]).toEqual(['/login', expect.stringMatching(/^__Host-id=;/)])
  })

  it('signs out other devices from the list of devices', async () => {
    const [first, second, third] = [await signedIn(example.url), await signedIn(example.url), await signedIn(example.url)]
    await first.page.reload()
    expect(await shown(first.page)).toContain('This device')
    await first.page.click('text=Sign out all other devices')
    await until('the list is short', async () => !(await shown(first.page)).includes('Sign out all other devices'))
    for (const { page } of [second, third]) {
      await page.reload()
      expect(page.url()).toBe(`${example.url}/login`)
    }
    await first.page.reload()
    expect(await shown(first.page)).toContain('Hello, Alice Arendt')
  })

  it('is logged out when another process ends the session', async () => {
    const { page } = await signedIn(example.url)
    const elsewhere = await createSessionManager({ storage: { type: 'sqlite', path: file } })
    expect(await elsewhere.terminateAllUserSessions('alice')).toMatchObject({ level: 'everywhere' })
    await elsewhere.close()
    await page.reload()
    expect(page.url()).toBe(`${example.url}/login`)
  })

  it('lets no header pass for the proxy, and no other site in [ATK-110]', async () => {
    const word = name === 'next' ? 'proxy' : 'middleware'
    const skipped = { 'x-middleware-subrequest': Array(5).fill(word).join(':'), 'x-middleware-next': '1' }
    const answer = await fetch(`${example.url}/account`, { headers: skipped, redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([307, '/login'])
    const foreign = await fetch(`${example.url}/auth/logout`, { method: 'POST', headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect([foreign.status, foreign.headers.getSetCookie()]).toEqual([403, []])
  })
})

describe.each([
  ['16', 'next'],
  ['15', 'next-15'],
])('the example for Next.js %s when tokens are due', (_major, name) => {
  let due: RunningExample
  beforeAll(async () => {
    due = await runExample(name, { SESSION_FILE: join(folder, `${name}-due.db`), RENEWAL_THRESHOLD: '8h', RENEWAL_GRACE: '250ms' })
  }, INSTALLING_MS)
  afterAll(async () => {
    await leave()
    await due.stop()
  })

  it('renews on the way to a page, which sees the new token already', async () => {
    const { context, page } = await signedIn(due.url)
    const before = await tokenOf(context)
    await until('a reload renews', async () => {
      await page.reload()
      return (await tokenOf(context)) !== before
    })
    expect(page.url()).toBe(`${due.url}/account`)
    expect(await shown(page)).toMatch(/Hello, Alice Arendt.*Renewed so far: [1-9]/)
  })
})

describe('the example for Next.js with the session service', () => {
  const serviceKey = randomBytes(32).toString('base64url')
  let service: RunningExample
  let remote: RunningExample
  let client: Sessions
  let startService: () => Promise<RunningExample>
  beforeAll(async () => {
    const environment = {
      SOJOURN_PORT: String(await freePort()),
      SOJOURN_DATA_DIR: join(folder, 'service'),
      SOJOURN_SERVICE_KEY: serviceKey,
    }
    startService = () => startProgram([SERVICE, 'serve'], environment)
    service = await startService()
    client = createSessionClient({ url: service.url, serviceKey })
    remote = await runExample('next', { SOJOURN_URL: service.url, SOJOURN_SERVICE_KEY: serviceKey })
  })
  afterAll(async () => {
    await leave()
    await remote.stop()
    await client.close()
    await service.stop()
  })

  it('logs in, and is logged out when somebody ends the session there', async () => {
    const { page } = await signedIn(remote.url)
    expect(await shown(page)).toContain('Hello, Alice Arendt')
    await client.terminateAllUserSessions('alice')
    await page.reload()
    expect(page.url()).toBe(`${remote.url}/login`)
  })

  it('answers 503 while the service is away, and the user is still logged in when it is back', async () => {
    const { context, page } = await signedIn(remote.url)
    const token = await tokenOf(context)
    await service.stop()
    expect((await page.reload())?.status()).toBe(503)
    expect(await tokenOf(context)).toBe(token)
    service = await startService()
    await page.reload()
    expect(await shown(page)).toContain('Hello, Alice Arendt')
  })
})
