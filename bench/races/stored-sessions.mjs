import { promisify } from 'node:util'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'

/** connect-redis, and the end of a user's sessions with it: it keeps no list of them, so all sessions are gone through. */
export async function storedSessions(url) {
  const client = await createClient({ url }).connect()
  const store = new RedisStore({ client })
  const all = promisify(store.all.bind(store))
  const destroy = promisify(store.destroy.bind(store))
  return {
    store,
    async endAll(user) {
      for (const { id, userId } of await all()) if (userId === user) await destroy(id)
    },
    close: () => client.close(),
  }
}
