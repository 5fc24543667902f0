import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { requireSession, type SojournVariables, sojourn } from '../../../../src/http/adapters/hono.js'
import { bodyText, GUARDED, ROUTES, split } from '../app.js'
import { type Harness, running } from '../harness.js'

export const honoHarness: Harness = async (options, hit) => {
  const app = new Hono<{ Variables: SojournVariables }>()
  app.use(sojourn(options))
  for (const [path, wanted] of Object.entries(GUARDED)) app.get(path, requireSession(wanted), (c) => c.text('let in'))
  for (const [name, route] of Object.entries(ROUTES)) {
    const [method = '', path = ''] = name.split(' ')
    app.on(method, path, async (c) => {
      const reply = await route({ request: c.get('sojourn'), query: split(c.req.url).query, hit })
      return new Response(bodyText(reply.body), { headers: { ...reply.headers } })
    })
  }
  app.onError((_error, c) => c.text('failed', 500))
  const answer = getRequestListener(app.fetch)
  return await running(createServer((request, response) => void answer(request, response)))
}
