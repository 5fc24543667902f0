import { readFileSync } from 'node:fs'
import { createClient } from '@redis/client'
import { RedisStore } from 'connect-redis'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../servers/redis.js'
import { example, fastifyExample, storeAlone } from './migrate-example.js'
import { ask, closeServers, cookieOf, listen, original } from './rig.js'
import { shop } from './shop.js'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterEach(closeServers)
afterAll(() => redis.stop())

const page = ['express-session', 'fastify-session']
  .map((name) => readFileSync(new URL(`../../../../docs/migrate/${name}.md`, import.meta.url), 'utf8'))
  .join('\n')
const source = readFileSync(new URL('./migrate-example.ts', import.meta.url), 'utf8')

/** Lines without what all of them are indented by. */
function flush(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const indent = Math.min(...lines.map((line) => /^ */.exec(line)![0].length))
  return lines.map((line) => line.slice(indent)).join('\n')
}

it('every code block of both pages of docs/migrate that is marked is the code that these tests run', () => {
  const regions = new Map(
    [...source.matchAll(/\/\/ #region (\w+)\n([\s\S]*?)\/\/ #endregion/g)].map(([, name, code]) => [name, flush(code!)]),
  )
  const blocks = [...page.matchAll(/<!-- (\w+) -->\n```ts\n([\s\S]*?)```/g)]
  expect(blocks.map(([, name]) => name).sort()).toEqual([...regions.keys()].sort())
  for (const [, name, code] of blocks) expect(flush(code!)).toBe(regions.get(name))
})

it('the application of the page has its old users logged in, lists them, and logs them out everywhere', async () => {
  const client = createClient({ url: redis.url })
  await client.connect()
  const before = await shop({ name: '', library: original, store: () => undefined }, new RedisStore({ client: client as never }) as never)
  const old = await before.logIn('carol')
  const { app, sessions, close } = await example(redis.url)
  const url = await listen(app)
  const me = async (cookie: string): Promise<unknown> => JSON.parse((await ask(url, { cookie, path: '/me' })).body)
  // The old application called it `user`; the page's is there all the same.
  expect((await ask(url, { cookie: old, path: '/me' })).setCookies).toEqual([])
  const [phone, laptop] = [cookieOf(await ask(url, { path: '/login/alice' })), cookieOf(await ask(url, { path: '/login/alice' }))]
  expect([await me(phone), await me(laptop)]).toEqual(['alice', 'alice'])
  expect(JSON.parse((await ask(url, { path: '/devices' })).body)).toHaveLength(2)
  expect((await ask(url, { path: '/logout-everywhere', method: 'POST' })).status).toBe(204)
  expect([await me(phone), await me(laptop)]).toEqual([null, null])
  expect(await sessions.getActiveSessions('alice')).toEqual([])
  await close()
  client.destroy()
})

it('the store of the page works beneath the original', async () => {
  const { app, close } = await storeAlone(redis.url, original)
  expect((await ask(await listen(app))).setCookies).toHaveLength(1)
  await close()
})

it('the plugin of the page counts the sessions of a user', async () => {
  const { app, close } = await fastifyExample(redis.url)
  const headers = { 'x-forwarded-proto': 'https' }
  expect((await app.inject({ url: '/', headers })).statusCode).toBe(200)
  await close()
})
