import { fastify } from 'fastify'
import { refusals, requireSession, sojourn } from '../../../../src/http/adapters/fastify.js'
import { bodyText, GUARDED, ROUTES, split } from '../app.js'
import type { Harness } from '../harness.js'

export const fastifyHarness: Harness = async (options, hit) => {
  const app = fastify()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  await app.register(sojourn(options))
  app.setErrorHandler(refusals())
  // In a scope of its own, where a plugin that stayed in its own would not be seen.
  await app.register(async (inner) => {
    for (const [path, wanted] of Object.entries(GUARDED)) inner.get(path, { preHandler: requireSession(wanted) }, async () => 'let in')
    for (const [name, route] of Object.entries(ROUTES)) {
      const [method = '', url = ''] = name.split(' ')
      inner.route({
        method,
        url,
        async handler(request, reply) {
          const answer = await route({ request: request.sojourn, query: split(request.url).query, hit })
          reply.headers({ ...answer.headers })
          return bodyText(answer.body)
        },
      })
    }
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0, listenTextResolver: () => '' })
  return {
    url,
    async close() {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}
