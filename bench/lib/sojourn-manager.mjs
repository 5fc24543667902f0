import { createSessionManager } from 'sojourn'
import { redisStore } from 'sojourn/redis'
import { MASTER_KEY } from './master-key.mjs'

/** Sojourn with its records in Redis, as an application opens it. */
export async function sojournWithRedis(url, options = {}) {
  const { prefix, ...rest } = options
  return await createSessionManager({
    storage: await redisStore({ url, ...(prefix === undefined ? {} : { prefix }) }),
    keys: { master: MASTER_KEY },
    cleanupInterval: 0,
    ...rest,
  })
}
