// One stack of the race tests as a server: node server.mjs <stack> <address of Redis>.
import { createServer } from 'node:http'
import { answerParent } from '../lib/answer-parent.mjs'
import { openGates } from './gates.mjs'

const [stack, url] = process.argv.slice(2)
const gates = openGates()
const { open } = await import(`./${stack}.mjs`)
const { listener, keys, prepare = async () => undefined, close } = await open({ url, gates })
const server = createServer(listener)
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

answerParent(
  {
    prepare: ({ user }) => prepare(user),
    waiting: ({ gate }) => gates.waiting(gate),
    open: ({ gate }) => gates.open(gate),
  },
  {
    ready: { port: server.address().port, keys },
    async close() {
      server.closeAllConnections()
      server.close()
      await close()
    },
  },
)
