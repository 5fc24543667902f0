import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startRedis } from './lib/redis.mjs'

const NODES = 4
const ENDS = 1_000
const VALIDATIONS_AFTER = 25

function startNode(url, name) {
  const child = fork(fileURLToPath(new URL('./node.mjs', import.meta.url)), [url, name])
  const waiting = new Map()
  let last = 0
  let ready
  const isReady = new Promise((resolve) => {
    ready = resolve
  })
  child.on('message', (message) => {
    if (message.ready) ready()
    else waiting.get(message.id)?.(message.answer)
    waiting.delete(message.id)
  })
  return {
    isReady,
    tell: (verb, rest = {}) =>
      new Promise((resolve) => {
        waiting.set(++last, resolve)
        child.send({ id: last, verb, ...rest })
      }),
  }
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2)

async function round(nodes, title) {
  const times = []
  const levels = {}
  let late = 0
  for (let end = 0; end < ENDS; end++) {
    const node = nodes[end % NODES]
    const token = await node.tell('create', { user: `user-${end % 50}` })
    await Promise.all(nodes.map((each) => each.tell('validate', { token, times: 1 })))
    const { took, level } = await node.tell('end', { token })
    times.push(took)
    levels[level] = (levels[level] ?? 0) + 1
    const accepted = await Promise.all(nodes.map((each) => each.tell('validate', { token, times: VALIDATIONS_AFTER })))
    late += accepted.reduce((sum, count) => sum + count, 0)
  }
  times.sort((a, b) => a - b)
  const reached = Object.entries(levels).map(([level, count]) => `${level} ${count}`)
  console.log(
    `${title.padEnd(12)} ${at(times, 0.5).padStart(8)} ${at(times, 0.99).padStart(8)} ${at(times, 1).padStart(8)}   ${reached.join(', ').padEnd(18)} ${late}`,
  )
}

/** The time from the call of terminateSession to its answer `everywhere`, after which no node accepts the session. */
export async function table() {
  const redis = await startRedis()
  const nodes = Array.from({ length: NODES }, (_, place) => startNode(redis.url, `node-${place}`))
  try {
    await Promise.all(nodes.map(({ isReady }) => isReady))
    console.log(
      `\nEnd of a session until every one of ${NODES} processes refuses, one Redis ${redis.version} on loopback, ${ENDS} ends each`,
    )
    console.log(`             p50 (ms) p99 (ms) max (ms)   level              accepted afterwards of ${ENDS * NODES * VALIDATIONS_AFTER}`)
    await round(nodes, 'quiet')
    for (const node of nodes) await node.tell('busy', { token: await node.tell('create', { user: 'busy' }) })
    await round(nodes, 'under load')
  } finally {
    await Promise.all(nodes.map((node) => node.tell('close')))
    redis.stop()
  }
}
