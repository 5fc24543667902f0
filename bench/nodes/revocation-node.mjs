// One node of a cluster, told what to do by its parent process.
import { createSessionManager } from 'sojourn'
import { redisStore } from 'sojourn/redis'
import { MASTER_KEY } from './lib/master-key.mjs'

const manager = await createSessionManager({
  storage: await redisStore({ url: process.argv[2] }),
  keys: { master: MASTER_KEY },
  nodeName: process.argv[3],
  cleanupInterval: 0,
  maxConcurrentSessions: 10_000,
})
let isBusy = false

async function keepBusy(token) {
  isBusy = true
  while (isBusy) {
    for (let count = 0; count < 200; count++) await manager.validateSession(token)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const DO = {
  create: async ({ user }) => (await manager.createSession(user)).token,
  async validate({ token, times }) {
    let accepted = 0
    for (let count = 0; count < times; count++) if ((await manager.validateSession(token)).isValid) accepted++
    return accepted
  },
  async end({ token }) {
    const start = performance.now()
    const { level } = await manager.terminateSession(token)
    return { took: performance.now() - start, level }
  },
  async busy({ token }) {
    void keepBusy(token)
  },
  async close() {
    isBusy = false
    await manager.close()
  },
}

process.on('message', async ({ id, verb, ...rest }) => {
  process.send({ id, answer: await DO[verb](rest) })
  if (verb === 'close') process.disconnect()
})
process.send({ ready: true })
