import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { REPOSITORY, script } from '../../packages/sojourn/test/house/plant.js'
import { freePort } from '../../packages/sojourn/test/servers/redis.js'
import { INSTALLING_MS, type RunningExample, startProgram } from './support/run-example.js'
import { openTab, type Tab } from './support/tab.js'

const { prepareExample } = await script<{ readonly prepareExample: (name: string) => Promise<string> }>('lib/examples.mjs')

interface Move {
  /** The library's name: of its page and of the folder with its applications. */
  readonly name: string
  readonly oldCookie: string
  /** Logs in at the application as it was. */
  logIn(tab: Tab): Promise<void>
  /** What `/me` answers for whoever logged in, before and after. */
  readonly me: object
}

const nobody = { user: null }

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The same text with the last letter of each part exchanged for its neighbour: in base64url the bytes can be the same. */
function respelled(text: string): readonly string[] {
  return [...text.matchAll(/[\w-](?=[^\w-]|$)/g)].map(({ index, 0: letter }) => {
    const other = LETTERS[LETTERS.indexOf(letter) ^ 1] ?? letter
    return text.slice(0, index) + other + text.slice(index + 1)
  })
}

const MOVES: readonly Move[] = [
  {
    name: 'iron-session',
    oldCookie: 'app-session',
    logIn: async (tab) => void (await tab.post('/login', { user: 'alice' })),
    me: { user: 'alice', theme: 'dark' },
  },
  {
    name: 'better-auth',
    oldCookie: 'better-auth.session_token',
    logIn: async (tab) => {
      const person = { email: 'alice@example.com', password: 'through-the-looking-glass' }
      const known = await tab.json('/api/auth/sign-in/email', person)
      if (!known.ok) expect((await tab.json('/api/auth/sign-up/email', { ...person, name: 'Alice' })).status).toBe(200)
    },
    me: { user: 'alice@example.com' },
  },
  {
    name: 'auth-js',
    oldCookie: 'authjs.session-token',
    logIn: async (tab) => {
      const { csrfToken } = (await (await tab.get('/auth/csrf')).json()) as { csrfToken: string }
      await tab.post('/auth/callback/credentials', { csrfToken, user: 'alice', password: 'wonderland' })
    },
    me: { user: 'Alice' },
  },
]

const folder = mkdtempSync(join(tmpdir(), 'sojourn-migrate-'))
beforeAll(() => prepareExample('migrate').then(() => undefined), INSTALLING_MS)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(MOVES)('moving from $name', ({ name, oldCookie, logIn, me }) => {
  let running: RunningExample | undefined
  const stop = async (): Promise<void> => {
    await running?.stop()
    running = undefined
  }
  afterEach(stop)

  /** Everything that one installation keeps between the two applications. */
  async function installation(): Promise<{ start(which: 'before' | 'after'): Promise<string> }> {
    const secret = randomBytes(32).toString('hex')
    const own = mkdtempSync(join(folder, `${name}-`))
    const environment = {
      // The same address before and after, as behind a load balancer.
      PORT: String(await freePort()),
      IRON_PASSWORD: secret,
      BETTER_AUTH_SECRET: secret,
      BETTER_AUTH_FILE: join(own, 'better-auth.db'),
      AUTH_SECRET: secret,
      SESSION_FILE: join(own, 'sessions.db'),
    }
    return {
      async start(which) {
        await stop()
        running = await startProgram([join(REPOSITORY, `examples/migrate/${name}/${which}.mjs`)], environment)
        return running.url
      },
    }
  }

  const meOf = async (tab: Tab): Promise<unknown> => (await tab.get('/me')).json()

  it('keeps everybody logged in, and takes the old cookie back', async () => {
    const { start } = await installation()
    const tab = openTab(await start('before'))
    await logIn(tab)
    expect([await meOf(tab), tab.cookies.has(oldCookie)]).toEqual([me, true])
    await start('after')
    expect(await meOf(tab)).toEqual(me)
    expect([tab.cookies.has(oldCookie), tab.cookies.has('id')]).toEqual([false, true])
    await start('after')
    expect(await meOf(tab)).toEqual(me)
  })

  it('logs out for good: neither the new cookie nor a copy of the old one opens anything, after a restart as well', async () => {
    const { start } = await installation()
    const url = await start('before')
    const tab = openTab(url)
    await logIn(tab)
    const old = new Map(tab.cookies)
    await start('after')
    const tabs = Array.from({ length: 5 }, () => openTab(url, old))
    expect(await Promise.all(tabs.map(meOf))).toEqual(tabs.map(() => me))
    expect(new Set(tabs.map(({ cookies }) => cookies.get('id'))).size).toBe(1)
    const [first, second] = tabs as [Tab, Tab]
    expect((await first.post('/logout')).status).toBe(200)
    for (const restart of [false, true]) {
      if (restart) await start('after')
      expect(await meOf(openTab(url, second.cookies))).toMatchObject(nobody)
      const copy = openTab(url, old)
      expect([await meOf(copy), copy.cookies.has('id'), copy.cookies.has(oldCookie)]).toEqual([
        expect.objectContaining(nobody),
        false,
        false,
      ])
    }
    for (const value of respelled(old.get(oldCookie) ?? '')) expect(await meOf(openTab(url, [[oldCookie, value]]))).toMatchObject(nobody)
  })

  it('refuses a cookie that was changed, and one of another secret', async () => {
    const { start } = await installation()
    const other = await installation()
    const tab = openTab(await other.start('before'))
    await logIn(tab)
    const foreign = tab.cookies.get(oldCookie) ?? ''
    await start('before')
    const url = await start('after')
    const middle = Math.floor(foreign.length / 2)
    const changed = `${foreign.slice(0, middle)}${foreign[middle] === 'A' ? 'B' : 'A'}${foreign.slice(middle + 1)}`
    for (const value of [foreign, changed, `${foreign}A`, foreign.slice(0, -1), 'A'.repeat(64), 'Fe26.2*', '.'.repeat(4)]) {
      const visitor = openTab(url, [[oldCookie, value]])
      expect([await meOf(visitor), visitor.cookies.has('id')]).toEqual([expect.objectContaining(nobody), false])
    }
  })

  it('is what its page says', () => {
    const page = readFileSync(join(REPOSITORY, `docs/migrate/${name}.md`), 'utf8')
    expect(page).toContain(`\`\`\`js\n${readFileSync(join(REPOSITORY, `examples/migrate/${name}/after.mjs`), 'utf8')}\`\`\`\n`)
  })
})
