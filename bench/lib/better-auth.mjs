import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { fromNodeHeaders } from 'better-auth/node'
import { createClient } from 'redis'

export const headersOf = (request) => fromNodeHeaders(request.headers)

/**
 * better-auth with its sessions in Redis (`secondaryStorage`), and its users in memory. Passwords are compared as they are, so
 * that logins overlap as they do on many cores.
 */
export async function betterAuthWithRedis(url, session = {}) {
  const client = await createClient({ url }).connect()
  const auth = betterAuth({
    baseURL: 'http://127.0.0.1',
    secret: 'a secret of this benchmark, of 32 characters',
    logger: { disabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    database: memoryAdapter({ user: [], account: [], session: [], verification: [] }),
    secondaryStorage: {
      get: (key) => client.get(key),
      async set(key, value, ttl) {
        await client.set(key, value, ttl === undefined ? {} : { expiration: { type: 'EX', value: Math.ceil(ttl) } })
      },
      async delete(key) {
        await client.del(key)
      },
    },
    emailAndPassword: {
      enabled: true,
      autoSignIn: false,
      password: { hash: async (password) => password, verify: async ({ hash, password }) => hash === password },
    },
    session,
  })
  return { auth, emailOf: (user) => `${user}@example.com`, PASSWORD: 'a long password', close: () => client.close() }
}
