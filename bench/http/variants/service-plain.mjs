import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { open as openService } from './service-validate.mjs'

/** The same against an application of Hono that reads the body and answers, and does nothing else: no key, no request id, no headers, no counting. */
export async function open(given) {
  const service = await openService(given)
  const app = new Hono()
  app.post('*', async (c) => {
    const body = await c.req.json()
    return c.json({ isValid: body.token !== undefined })
  })
  const { handlers, requests } = service
  return {
    ...service,
    handlers: [getRequestListener(app.fetch), handlers[1]],
    async requests(count) {
      const { checked } = await requests(count)
      return { bare: checked, checked }
    },
  }
}
