import express from 'express'
import { addRoutes } from './routes.mjs'

/** The application on Express 5. A refusal that an action throws is answered with its status. */
export function expressApp(middleware, actions, gates) {
  const app = express()
  if (middleware !== undefined) app.use(middleware)
  addRoutes(
    (method, path, answer) =>
      app[method](path, async (request, response) => {
        const { status, body } = await answer(request, response)
        response.status(status).json(body)
      }),
    actions,
    gates,
  )
  app.use((error, _request, response, _next) => {
    response.status(Number.isInteger(error.status) ? error.status : (error.statusCode ?? 500)).json({ error: String(error.message) })
  })
  return app
}
