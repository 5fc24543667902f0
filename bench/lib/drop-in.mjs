import { readFileSync } from 'node:fs'
import { redisStore } from 'sojourn/redis'
import { sojournWithRedis } from './sojourn-manager.mjs'

const MANIFEST = new URL('../../packages/sojourn/package.json', import.meta.url)

/** Whether this version of Sojourn has the replacement for express-session. */
export const hasDropIn = () => JSON.parse(readFileSync(MANIFEST, 'utf8')).exports['./express-session'] !== undefined

/** The replacement for express-session on Redis. `knowsUsers`: with a manager beside it, which can end all sessions of a user. */
export async function openDropIn(url, options, knowsUsers) {
  const { default: session } = await import('sojourn/express-session')
  const storage = await redisStore({ url, prefix: 'sessions:' })
  const sessions = knowsUsers ? await sojournWithRedis(url, { prefix: 'users:' }) : undefined
  const store = session.sojournStore({ storage, ...(knowsUsers ? { sessions, userOf: ({ userId }) => userId } : {}) })
  return {
    middleware: session({ ...options, store }),
    endAll: (user) => sessions.terminateAllUserSessions(user),
    async close() {
      await storage.close()
      await sessions?.close()
    },
  }
}
