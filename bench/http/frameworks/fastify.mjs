import fastify from 'fastify'

export async function bare() {
  const app = fastify()
  app.get('/', async () => ({ ok: true }))
  await app.ready()
  return app.routing
}

export async function guarded({ fastify: { register, user } }) {
  const app = fastify()
  await register(app)
  app.get('/', async (request, reply) => (user(request) === undefined ? reply.code(401).send() : { ok: true }))
  await app.ready()
  return app.routing
}
