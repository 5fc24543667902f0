import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'

export function bare() {
  const app = new Hono()
  app.get('/', (c) => c.json({ ok: true }))
  return getRequestListener(app.fetch)
}

export function guarded({ hono: { middleware, user } }) {
  const app = new Hono()
  app.use(middleware)
  app.get('/', (c) => (user(c) === undefined ? c.json({ ok: false }, 401) : c.json({ ok: true })))
  return getRequestListener(app.fetch)
}
