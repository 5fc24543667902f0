import fastify from 'fastify'
import { addRoutes } from './routes.mjs'

/** The application on Fastify 5, as the listener of a server. */
export async function fastifyApp(register, actions, gates) {
  const app = fastify()
  await register(app)
  addRoutes(
    (method, path, answer) =>
      app[method](path, async (request, reply) => {
        const { status, body } = await answer(request, reply)
        return reply.code(status).send(body)
      }),
    actions,
    gates,
  )
  await app.ready()
  return app.routing
}
