// One node of a cluster, told what to do by its parent process: node revocation-node.mjs <address of Redis> <name>.
import { answerParent } from '../lib/answer-parent.mjs'
import { sojournWithRedis } from '../lib/sojourn-manager.mjs'

const [url, nodeName] = process.argv.slice(2)
const manager = await sojournWithRedis(url, { nodeName, maxConcurrentSessions: 10_000 })
let isBusy = false
/** Validations between two turns of the event loop. */
const MOST_AT_ONCE = 200

const pauseFor = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const untilNextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** As many validations a second as are asked for, as requests come: a few at a time. Without a number, as many as it can. */
async function keepBusy(token, perSecond = Number.POSITIVE_INFINITY) {
  isBusy = true
  let last = performance.now()
  while (isBusy) {
    await (perSecond === Number.POSITIVE_INFINITY ? untilNextTurn() : pauseFor(1))
    const now = performance.now()
    const due = Math.min(MOST_AT_ONCE, ((now - last) / 1_000) * perSecond)
    last = now
    for (let count = 0; count < due; count++) await manager.validateSession(token)
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
    busy: ({ token, perSecond }) => void keepBusy(token, perSecond),
    idle() {
      isBusy = false
    },
  },
  {
    ready: {},
    close() {
      isBusy = false
      return manager.close()
    },
  },
)
