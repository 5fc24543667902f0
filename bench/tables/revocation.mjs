import { startChild } from '../lib/child.mjs'
import { startRedis } from '../lib/redis.mjs'
import { quantile } from '../lib/statistics.mjs'

const NODES = 4
const VALIDATIONS_AFTER = 25
/** Of each process under load: more than a server of Node answers requests. */
const PER_SECOND = 20_000

async function round(nodes, ends) {
  const times = []
  const levels = {}
  let late = 0
  for (let end = 0; end < ends; end++) {
    const node = nodes[end % NODES]
    const token = await node.tell('create', { user: `user-${end % 50}` })
    await Promise.all(nodes.map((each) => each.tell('validate', { token, times: 1 })))
    const { took, level } = await node.tell('end', { token })
    times.push(took)
    levels[level] = (levels[level] ?? 0) + 1
    const accepted = await Promise.all(nodes.map((each) => each.tell('validate', { token, times: VALIDATIONS_AFTER })))
    if (level === 'everywhere') late += accepted.reduce((sum, count) => sum + count, 0)
  }
  return { times, levels, late }
}

/** The same while all processes validate; without a number a second, without a pause. */
async function underLoad(nodes, ends, perSecond) {
  for (const node of nodes) await node.tell('busy', { token: await node.tell('create', { user: 'busy' }), perSecond })
  const measured = await round(nodes, ends)
  for (const node of nodes) await node.tell('idle')
  return measured
}

function rowOf(title, { times, levels, late }) {
  const reached = Object.entries(levels).map(([level, count]) => `${level} ${count}`)
  return [title, ...[0.5, 0.99, 1].map((share) => quantile(times, share).toFixed(2)), reached.join(', '), `${late}`]
}

/** The time from the call of terminateSession to its answer `everywhere`, after which no node accepts the session. */
export async function table(report, { isQuick }) {
  const ends = isQuick ? 100 : 1_000
  const redis = await startRedis()
  const nodes = await Promise.all(
    Array.from({ length: NODES }, (_, place) => startChild('nodes/revocation-node.mjs', { args: [redis.url, `node-${place}`] })),
  )
  try {
    const quiet = await round(nodes, ends)
    const busy = await underLoad(nodes, ends, PER_SECOND)
    const saturated = await underLoad(nodes, ends)
    report.heading(
      `End of a session until every one of ${NODES} processes refuses, one Redis ${redis.version} on loopback, ${ends.toLocaleString('en')} ends each`,
    )
    const asked = (ends * NODES * VALIDATIONS_AFTER).toLocaleString('en')
    report.table(
      ['', 'p50 (ms)', 'p99 (ms)', 'longest (ms)', 'level', `accepted after "everywhere", of ${asked}`],
      [rowOf('quiet', quiet), rowOf('under load', busy), rowOf('saturated', saturated)],
    )
    report.note(
      `Under load, each of the ${NODES} processes validates ${PER_SECOND.toLocaleString('en')} times a second; saturated, without a pause: on a machine with fewer processors than that, they stand in each other's way, and Redis in theirs.`,
    )
    report.goal('revocation-p50', quantile(quiet.times, 0.5))
    report.goal('revocation-p99', quantile(quiet.times, 0.99))
    report.goal('revocation-busy-p50', quantile(busy.times, 0.5))
    report.goal('revocation-busy-p99', quantile(busy.times, 0.99))
    report.goal('revocation-late', quiet.late + busy.late + saturated.late)
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
    redis.stop()
  }
}
