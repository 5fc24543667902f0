import { Agent, request } from 'node:http'
import { expect } from 'vitest'
import { seededRandom } from '../../../src/testing/seeded-random.js'
import type { HttpCheck, World } from './world.js'

/** As many as the promise names where the sessions are in this process; over a socket each costs a second request. */
const REQUESTS = { engine: 10_000, client: 1_000, http: 1_000 }
const CLIENTS = 24
const USERS = 20
const SEED = 20_261_121

interface Seen {
  readonly body: string
  readonly setCookies: readonly string[]
}

/** One request over a connection that others used before. */
function askKept(agent: Agent, url: string, path: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, url), { agent, headers, method }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (part) => {
        body += String(part)
      })
      answer.on('end', () => resolve({ body, setCookies: answer.headers['set-cookie'] ?? [] }))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

async function usersOf(world: World): Promise<ReadonlyArray<{ readonly user: string; readonly cookie: string }>> {
  const users: Array<{ user: string; cookie: string }> = []
  for (let index = 0; index < USERS; index++) {
    const user = `user-${index}`
    users.push({ user, cookie: await world.login(`user=${user}`) })
  }
  return users
}

export const concurrencyChecks: readonly HttpCheck[] = [
  {
    name: 'shows nobody the session of another one in thousands of mixed requests over kept connections [ATK-057]',
    // All of them come from one address, and a sixth is wrong.
    limits: { throttle: { enabled: false } },
    async check(world) {
      const users = await usersOf(world)
      const random = seededRandom(SEED)
      const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
      let left = REQUESTS[world.bench.way]
      const wrong: string[] = []

      async function once(): Promise<void> {
        const { user, cookie } = random.pick(users)
        const token = cookie.slice(cookie.indexOf('=') + 1)
        const kind = random.below(6)
        const expected = kind === 4 || kind === 5 ? null : user
        const headers = [
          { cookie },
          { cookie: `a=b; ${cookie}` },
          { authorization: `Bearer ${token}` },
          { cookie, 'sec-fetch-site': 'same-origin' },
          {},
          { cookie: '__Host-id=dead' },
        ][kind] as Record<string, string>
        const path = kind === 3 ? '/change' : random.below(4) === 0 ? '/me-slowly' : '/me'
        const { body, setCookies } = await askKept(agent, world.url, path, headers, kind === 3 ? 'POST' : 'GET')
        const told = JSON.parse(body) as { user?: string | null; still?: string | null; changedBy?: string | null }
        const names = [told.user, told.still, told.changedBy].filter((name) => name !== undefined)
        if (names.length === 0 || names.some((name) => name !== expected))
          wrong.push(`${kind} ${path}: ${String(expected)} was told ${body}`)
        if (setCookies.length !== (kind === 5 ? 1 : 0)) wrong.push(`${kind} ${path}: ${setCookies.length} cookies`)
      }
      async function client(): Promise<void> {
        while (left > 0) {
          left -= 1
          await once()
        }
      }
      await Promise.all(Array.from({ length: CLIENTS }, client))
      agent.destroy()
      expect(wrong).toEqual([])
    },
  },
]
