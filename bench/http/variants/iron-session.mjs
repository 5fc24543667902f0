import { getIronSession, sealData } from 'iron-session'

const OPTIONS = { password: 'a secret of this benchmark, of 32 characters', cookieName: 'iron' }

/** iron-session: all is in the cookie, nothing can be revoked. */
export async function open() {
  return {
    node: { check: async (request, response) => (await getIronSession(request, response, OPTIONS)).userId },
    credentials: (count) =>
      Promise.all(
        Array.from({ length: count }, async (_, number) => {
          const data = { userId: `user-${number}`, roles: ['user'], permissions: ['read', 'write'] }
          return ['cookie', `iron=${await sealData(data, OPTIONS)}`]
        }),
      ),
    close: async () => undefined,
  }
}
