import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { REPOSITORY, script } from '../../packages/sojourn/test/house/plant.js'
import { type RedisServer, startRedis } from '../../packages/sojourn/test/servers/redis.js'
import { INSTALLING_MS, type RunningExample, runExample, startProgram } from './support/run-example.js'
import { openTab, type Tab } from './support/tab.js'

const { prepareExample } = await script<{ readonly prepareExample: (name: string) => Promise<string> }>('lib/examples.mjs')

const ORIGINAL = "import session from 'express-session'\n"
const MOVED = "import session from 'sojourn/express-session'\n"
const ALICE = { user: 'alice', password: 'wonderland' }

describe('the tutorial application on express-session', () => {
  let redis: RedisServer
  let running: RunningExample | undefined
  let url = ''
  beforeAll(async () => {
    redis = await startRedis()
    await prepareExample('express-session')
  }, INSTALLING_MS)
  const stop = async (): Promise<void> => {
    await running?.stop()
    running = undefined
  }
  afterEach(stop)
  afterAll(() => redis.stop())

  /** Starts it as it is, or with one line changed; always on the same Redis. */
  async function start(line: string): Promise<string> {
    await stop()
    if (line === ORIGINAL) running = await runExample('express-session', { REDIS_URL: redis.url })
    else running = await startMoved()
    url = running.url
    return url
  }

  async function startMoved(): Promise<RunningExample> {
    const folder = join(REPOSITORY, 'examples/express-session')
    const text = readFileSync(join(folder, 'server.mjs'), 'utf8')
    expect(text.split(ORIGINAL)).toHaveLength(2)
    mkdirSync(join(folder, '.cache'), { recursive: true })
    const moved = join(folder, '.cache/moved.mjs')
    writeFileSync(
      moved,
      `${text.replace(ORIGINAL, MOVED)}server.once('listening', () => console.log(\`http://127.0.0.1:\${server.address().port}\`))\n`,
    )
    return await startProgram([moved], { REDIS_URL: redis.url, PORT: '0' })
  }

  const shown = async (tab: Tab): Promise<string> => (await tab.get('/')).text()

  async function loggedIn(): Promise<Tab> {
    const tab = openTab(url)
    expect((await tab.post('/login', ALICE)).headers.get('location')).toBe('/')
    expect(await shown(tab)).toContain('Welcome.')
    return tab
  }

  it.each([
    ['express-session', ORIGINAL],
    ['sojourn/express-session', MOVED],
  ])('logs in, counts and shows its messages once, with %s', async (_name, line) => {
    const tab = openTab(await start(line))
    await tab.post('/login', { ...ALICE, password: 'looking-glass' })
    expect([await shown(tab), await shown(tab)]).toEqual([
      expect.stringContaining('do not belong together'),
      expect.not.stringContaining('do not belong together'),
    ])
    await tab.post('/login', ALICE)
    expect(await shown(tab)).toMatch(/Welcome\..*Hello, alice.*looked at this page 1 times/s)
    expect(await shown(tab)).toMatch(/^(?!.*Welcome).*looked at this page 2 times/s)
    const copy = openTab(url, tab.cookies)
    await tab.post('/logout')
    expect([await shown(tab), await shown(copy)]).toEqual([expect.stringContaining('Sign in'), expect.stringContaining('Sign in')])
  })

  it('keeps everybody logged in when one line is changed, with what their session holds', async () => {
    await start(ORIGINAL)
    const tab = await loggedIn()
    await start(MOVED)
    const moved = openTab(url, tab.cookies)
    expect(await shown(moved)).toMatch(/Hello, alice.*looked at this page 2 times/s)
    await moved.post('/logout')
    expect([await shown(moved), await shown(openTab(url, tab.cookies))]).toEqual([
      expect.stringContaining('Sign in'),
      expect.stringContaining('Sign in'),
    ])
  })
})
