import { betterAuthWithRedis, headersOf } from '../../lib/better-auth.mjs'

/** better-auth with sessions in Redis and its defaults otherwise. */
export async function open({ url }) {
  const { auth, emailOf, PASSWORD, close } = await betterAuthWithRedis(url)
  return {
    node: { check: async (request) => (await auth.api.getSession({ headers: headersOf(request) }))?.user.id },
    async credentials(count) {
      const found = []
      for (let number = 0; number < count; number++) {
        const body = { email: emailOf(`user-${number}`), password: PASSWORD }
        await auth.api.signUpEmail({ body: { ...body, name: `user-${number}` } })
        const answer = await auth.api.signInEmail({ body, asResponse: true })
        found.push(['cookie', answer.headers.getSetCookie()[0].split(';')[0]])
      }
      return found
    },
    close,
  }
}
