// One pair: the bare handler and one way of checking, behind one server: node server.mjs <framework> <variant> <address of Redis>.
import { createServer } from 'node:http'
import { answerParent } from '../lib/answer-parent.mjs'
import { openProfiler } from './profile.mjs'

const [frameworkName, variantName, url] = process.argv.slice(2)
const { open } = await import(`./variants/${variantName}.mjs`)
const variant = await open({ url })

async function handlersOn(name) {
  const framework = await import(`./frameworks/${name}.mjs`)
  return [await framework.bare(), await (variantName === 'bare' ? framework.bare() : framework.guarded(variant))]
}

const handlers = variant.handlers ?? (await handlersOn(frameworkName))
const profiler = openProfiler()
let handler = handlers[0]
const server = createServer((request, response) => handler(request, response))
server.keepAliveTimeout = 0
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

function cpu() {
  const { user, system } = process.cpuUsage()
  return user + system
}

answerParent(
  {
    /** Credentials, or whole requests for each of the two. */
    requests: async ({ count }) => variant.requests?.(count) ?? { credentials: await variant.credentials(count) },
    settle: () => variant.settle?.(),
    startProfile: () => profiler.start(),
    stopProfile: () => profiler.stop(),
    /** Which of the two answers from now on; and the microseconds of CPU that this process has used until now. */
    choose({ place }) {
      handler = handlers[place]
      return cpu()
    },
  },
  {
    ready: { port: server.address().port },
    async close() {
      server.closeAllConnections()
      server.close()
      await variant.close()
    },
  },
)
