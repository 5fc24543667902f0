const bearerOf = (value) => (value?.startsWith('Bearer ') === true ? value.slice(7) : '')

/** A JWT library as it stands in an application: `verify` gives the claims, now or later; `sign` makes tokens. */
export function openJwt({ verify, sign }) {
  return {
    node: { check: async (request) => (await verify(bearerOf(request.headers.authorization))).sub },
    express: {
      async middleware(request, _response, next) {
        request.user = (await verify(bearerOf(request.headers.authorization))).sub
        next()
      },
      user: (request) => request.user,
    },
    fastify: {
      register(app) {
        app.decorateRequest('user', null)
        app.addHook('onRequest', async (request) => {
          request.user = (await verify(bearerOf(request.headers.authorization))).sub
        })
      },
      user: (request) => request.user,
    },
    hono: {
      async middleware(c, next) {
        c.set('user', (await verify(bearerOf(c.req.header('authorization')))).sub)
        await next()
      },
      user: (c) => c.get('user'),
    },
    async credentials(count) {
      const claims = (number) => ({ sub: `user-${number}`, roles: ['user'], permissions: ['read', 'write'] })
      const tokens = await Promise.all(Array.from({ length: count }, (_, number) => sign(claims(number))))
      return tokens.map((token) => ['authorization', `Bearer ${token}`])
    },
    close: async () => undefined,
  }
}

export const JWT_SECRET = 'a secret of this benchmark, of 32 bytes or more'
