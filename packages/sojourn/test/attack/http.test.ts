import { memoryStore } from 'sojourn/memory'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SojournOptions } from '../../src/http/options.js'
import { engineBench } from '../behaviour/engine-bench.js'
import { express4Harness, express5Harness } from '../http/contract/harness/express.js'
import { fastifyHarness } from '../http/contract/harness/fastify.js'
import { honoHarness } from '../http/contract/harness/hono.js'
import { nextHarness } from '../http/contract/harness/next.js'
import { nodeHarness } from '../http/contract/harness/node.js'
import type { Harness } from '../http/contract/harness.js'
import { makeWorld, OWN_PAGE, type World } from '../http/contract/world.js'
import type { RawAnswer } from '../http/raw.js'

const ADAPTERS: ReadonlyArray<readonly [name: string, harness: Harness]> = [
  ['node', nodeHarness],
  ['Express 5', express5Harness],
  ['Express 4', express4Harness],
  ['Fastify', fastifyHarness],
  ['Hono', honoHarness],
  ['Next.js', nextHarness],
]

async function worldOf(harness: Harness, options: Omit<SojournOptions, 'sessions'> = {}): Promise<World> {
  const makeBench = async (limits: object) => engineBench({ store: await memoryStore(), clear: () => Promise.resolve() }, limits)
  const world = await makeWorld(harness, makeBench, { name: 'attack', options, check: () => Promise.resolve() })
  onTestFinished(() => world.close())
  return world
}

/** A cache that several people share, as RFC 9111 lets it keep answers: whatever is not forbidden, by address and `Vary`. */
function sharedCache(world: World): (path: string, headers: ReadonlyArray<readonly [string, string]>) => Promise<RawAnswer> {
  const kept: Array<{ readonly path: string; readonly key: string; readonly vary: readonly string[]; readonly answer: RawAnswer }> = []
  const keyOf = (vary: readonly string[], headers: ReadonlyArray<readonly [string, string]>): string =>
    JSON.stringify(vary.map((name) => headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)))
  return async (path, headers) => {
    const hit = kept.find((entry) => entry.path === path && entry.key === keyOf(entry.vary, headers))
    if (hit !== undefined) return hit.answer
    const answer = await world.ask({ path, headers })
    const vary = (answer.header('vary') ?? '')
      .toLowerCase()
      .split(/\s*,\s*/)
      .filter(Boolean)
    // The worst that may be in front: it also keeps what says nothing of caching.
    if (!/no-store|private/.test(answer.header('cache-control') ?? '') && !vary.includes('*'))
      kept.push({ path, vary, key: keyOf(vary, headers), answer })
    return answer
  }
}

describe.each(ADAPTERS)('an attacker against %s', (_name, harness) => {
  it('gets no page and no cookie of another one out of a shared cache [ATK-106 CKE-8]', async () => {
    const world = await worldOf(harness)
    const [alice, bob] = [await world.login('user=alice'), await world.login('user=bob')]
    const throughCache = sharedCache(world)
    for (const path of ['/me', '/is-anybody', '/own-cookies', '/required', '/cached', '/public']) {
      for (const cookie of [alice, '__Host-id=dead', bob, undefined, alice]) {
        const answer = await throughCache(path, cookie === undefined ? [] : [['Cookie', cookie]])
        const told = /"user":"(\w+)"/.exec(answer.body)?.[1]
        expect(told === undefined || cookie === (told === 'alice' ? alice : bob), path).toBe(true)
        if (path === '/is-anybody') expect(answer.body).toBe(JSON.stringify({ is: cookie === alice || cookie === bob }))
        if (cookie === undefined) expect(answer.setCookies.filter((line) => line.startsWith('__Host-id'))).toEqual([])
      }
    }
  })

  it('does not become somebody by moving the token to another cookie or header [ATK-052 ATK-050]', async () => {
    const world = await worldOf(harness)
    const token = (await world.login()).slice('__Host-id='.length)
    for (const headers of [
      [['Cookie', `__Secure-id=${token}; id=${token}; _csrf=${token}; admin=${token}`]],
      [['X-CSRF-Token', token]],
      [['X-Session-Token', token]],
      [['Authorization', `Token ${token}`]],
      [['Authorization', token]],
      [['Authorization', `Basic ${token}`]],
      [['Proxy-Authorization', `Bearer ${token}`]],
    ] as const) {
      expect((await world.ask({ path: '/me', headers })).body).toBe('{"user":null}')
    }
  })

  it('is not believed who says they are a proxy, a health check, a framework or somebody [ATK-108 ATK-109 ATK-110]', async () => {
    const world = await worldOf(harness)
    for (const header of [
      ['X-Forwarded-User', 'alice'],
      ['X-Forwarded-For', '127.0.0.1'],
      ['X-Original-URL', '/public'],
      ['X-Rewrite-URL', '/public'],
      ['X-HTTP-Method-Override', 'GET'],
      ['User-Agent', 'kube-probe/1.30'],
      ['User-Agent', 'ELB-HealthChecker/2.0'],
      ['x-middleware-subrequest', 'middleware:middleware:middleware:middleware:middleware'],
      ['Connection', 'close, Cookie'],
    ] as const) {
      expect((await world.ask({ path: '/required', headers: [header] })).status, header[0]).toBe(401)
    }
    const cookie = await world.login()
    const forged = [
      ['X-HTTP-Method-Override', 'GET'],
      ['X-Forwarded-Host', 'evil.example'],
      ['Origin', 'http://evil.example'],
      ['Cookie', cookie],
    ] as const
    expect((await world.ask({ method: 'POST', path: '/change', headers: forged })).status).toBe(403)
  })

  it('does not change where a session comes from by a forged header, unless it is a proxy that was listed [CKE-13 ATK-108]', async () => {
    for (const [trustProxy, address] of [
      [[], '127.0.0.1'],
      [['10.0.0.0/8'], '127.0.0.1'],
      [['127.0.0.1'], '203.0.113.9'],
    ] as const) {
      const world = await worldOf(harness, { trustProxy })
      await world.ask({ method: 'POST', path: '/login', headers: [...OWN_PAGE, ['X-Forwarded-For', '6.6.6.6, 203.0.113.9']] })
      const [session] = await world.bench.manager.getActiveSessions('alice')
      expect(session?.context.ipAddress).toBe(address)
    }
  })

  it('finds no way round a guarded path by its spelling [ATK-109]', async () => {
    const world = await worldOf(harness)
    for (const path of [
      '/required',
      '/required/',
      '/REQUIRED',
      '/%72equired',
      '/required?x',
      '/public/../required',
      '//required',
      '/required%2f',
      '/required;x',
      '/./required',
    ]) {
      const answer = await world.ask({ path })
      expect([401, 404, 400], path).toContain(answer.status)
      expect(answer.body, path).not.toContain('let in')
    }
  })

  it('gets no answer that repeats what was sent, and none with a stack [ERR-1]', async () => {
    const world = await worldOf(harness)
    const cookie = await world.login()
    const token = cookie.slice('__Host-id='.length)
    const answers = [
      await world.ask({ path: `/me?x=${token}` }),
      await world.ask({ path: `/me?access_token=${token}` }),
      await world.ask({ path: '/me', headers: [['Cookie', `${cookie}; __Host-id=<script>`]] }),
      await world.ask({
        method: 'POST',
        path: '/change',
        headers: [
          ['Cookie', cookie],
          ['Origin', 'https://<script>.evil'],
        ],
      }),
      await world.ask({ path: '/required', headers: [['Authorization', 'Bearer <script>']] }),
    ]
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.header('content-type')).toMatch(/^application\/problem\+json/)
      expect(JSON.parse(answer.body)).toMatchObject({ status: answer.status })
      expect(answer.body).not.toMatch(/script|node_modules|\.[jt]s:/)
      expect(answer.body).not.toContain(token)
    }
    expect(JSON.stringify(world.bench.logs)).not.toContain(token)
  })
})
