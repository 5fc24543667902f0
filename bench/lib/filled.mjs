import { startChild } from './child.mjs'
import { startRedis } from './redis.mjs'

const ROUNDS = 5
/** Sessions that are validated in one round, and how often each of them. */
const VALIDATED = 100_000
const PASSES = 10
const VERIFICATIONS = 20_000

const QUICK = [1_000, 10_000]
const SIZES = [1_000, 100_000, 1_000_000]
/** What the largest number may take: more than that would leave nothing for Redis. */
const MOST_MEGABYTES = 8_192

const known = new Map()

const callsIn = (commands) => [...commands.values()].reduce((sum, calls) => sum + calls, 0)

const usedBy = (redis) => Number(/^used_memory:(\d+)/m.exec(redis.cli('INFO', 'memory'))[1])

/** A process with so many sessions in memory, each of which is used once before anything is measured, or only those that are. */
export async function measure(count, { isUsed = true, megabytes = MOST_MEGABYTES } = {}) {
  const redis = await startRedis()
  const child = await startChild('nodes/filled-node.mjs', {
    args: [redis.url, count],
    execArgv: ['--expose-gc', `--max-old-space-size=${megabytes}`],
  })
  try {
    const empty = usedBy(redis)
    const filled = await child.tell('fill', { isUsed })
    const rounds = []
    const peers = []
    let commands = 0
    // In turn, so that both meet the same machine.
    for (let round = 0; round < ROUNDS; round++) {
      await child.tell('rest', { times: VALIDATED })
      const before = redis.commands()
      const round = await child.tell('validate', { times: VALIDATED, passes: PASSES })
      commands += callsIn(redis.commands()) - callsIn(before)
      rounds.push({ ...round, written: await child.tell('write', { times: Math.min(VALIDATED, count) }) })
      peers.push(await child.tell('verifyJwt', { times: VERIFICATIONS }))
    }
    const stored = (usedBy(redis) - empty) / count
    return { count, ...filled, rounds, peers, commands, validations: ROUNDS * PASSES * VALIDATED, stored, redisVersion: redis.version }
  } finally {
    await child.stop()
    redis.stop()
  }
}

/** What processes with so many sessions in memory come to. Each is measured once in a run, for whichever table asks first; one that failed says so in `note`. */
export async function filled(isQuick) {
  const found = []
  for (const count of isQuick ? QUICK : SIZES) {
    if (!known.has(count))
      known.set(
        count,
        measure(count).catch((error) => failed(count, error)),
      )
    found.push(await known.get(count))
  }
  return { sizes: found.filter(({ note }) => note === undefined), notes: found.flatMap(({ note }) => note ?? []) }
}

const failed = (count, error) => ({ note: `${count.toLocaleString('en')} sessions could not be measured: ${error.message.split('\n')[0]}` })
