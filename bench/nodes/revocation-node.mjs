// One node of a cluster, told what to do by its parent process: node revocation-node.mjs <address of Redis> <name>.
import { answerParent } from '../lib/answer-parent.mjs'
import { sojournWithRedis } from '../lib/sojourn-manager.mjs'

const [url, nodeName] = process.argv.slice(2)
const manager = await sojournWithRedis(url, { nodeName, maxConcurrentSessions: 10_000 })
let isBusy = false

async function keepBusy(token) {
  isBusy = true
  while (isBusy) {
    for (let count = 0; count < 200; count++) await manager.validateSession(token)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

answerParent(
  {
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
    busy: ({ token }) => void keepBusy(token),
  },
  {
    ready: {},
    close() {
      isBusy = false
      return manager.close()
    },
  },
)
