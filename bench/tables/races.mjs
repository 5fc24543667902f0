import { openCaller } from '../lib/call.mjs'
import { startChild } from '../lib/child.mjs'
import { hasDropIn } from '../lib/drop-in.mjs'
import { startRedis } from '../lib/redis.mjs'
import { versionsOf } from '../lib/versions.mjs'
import { loginsThenRevokeAll, logoutAndChange, logoutAndRead, lostUpdates, revokeAllAndChange } from '../races/contests.mjs'

const KEYS = Array.from({ length: 20 }, (_, place) => `key${place}`)

const STACKS = [
  { stack: 'express-session', name: 'express-session + connect-redis' },
  { stack: 'fastify-session', name: '@fastify/session + connect-redis' },
  { stack: 'better-auth', name: 'better-auth, sessions in Redis' },
  { stack: 'sojourn-express', name: 'Sojourn, Express', isOurs: true },
  { stack: 'sojourn-fastify', name: 'Sojourn, Fastify', isOurs: true },
  { stack: 'drop-in', name: 'sojourn/express-session', isOurs: true },
]

const CONTESTS = [
  { title: 'logout, then a change ends', contest: logoutAndChange, goal: 'races-logout' },
  { title: 'logout among reads', contest: logoutAndRead, goal: 'races-read' },
  { title: '10 logins, then revoke all', contest: loginsThenRevokeAll, goal: 'races-revoke-all' },
  { title: 'revoke all, then changes end', contest: revokeAllAndChange, goal: 'races-revoke-busy' },
  { title: 'parallel writes', contest: lostUpdates, goal: 'races-lost' },
]

async function raceOf(stack, redis, count) {
  const child = await startChild('races/server.mjs', { args: [stack, redis.url] })
  const { port, keys = KEYS } = child.told
  const caller = openCaller(port)
  const server = { ...caller, tell: child.tell, keys }
  try {
    await server.tell('prepare', { user: 'user' })
    const found = []
    for (const { contest } of CONTESTS) found.push(await contest(server, count))
    return found
  } finally {
    caller.close()
    await child.stop()
  }
}

/** The contests that sessions in Node are known to lose, over real HTTP against real servers, the same application on each. */
export async function table(report, { isQuick }) {
  const count = isQuick ? 100 : 200
  const redis = await startRedis()
  const ours = CONTESTS.map(() => 0)
  try {
    const rows = []
    for (const { stack, name, isOurs } of STACKS) {
      if (stack === 'drop-in' && !(await hasDropIn())) continue
      const found = await raceOf(stack, redis, count)
      if (isOurs) for (const [place, { failed }] of found.entries()) ours[place] += failed
      rows.push([name, ...found.map(({ failed, tried }) => `${failed} of ${tried}`)])
    }
    report.heading(`Races: what came back, survived or was lost, of ${count} tries each (Redis ${redis.version})`)
    report.table(['', ...CONTESTS.map(({ title }) => title)], rows)
    report.note(
      'The first two count logged-out cookies that work again, the next two sessions that work after "log out everywhere" was answered, the last one keys that are not there although their request was answered 200.',
    )
    report.note(
      'connect-redis keeps no list of the sessions of a user: "revoke all" goes through all sessions in the store there; with @fastify/session the very request that does so saves its own session again when it is answered. better-auth extends sessions at every use (updateAge 0), as the others do. Where a session of Sojourn has no free fields, three fields of its context are written in parallel, with the others twenty keys.',
    )
    report.note(versionsOf(['express', 'express-session', 'connect-redis', 'redis', 'fastify', '@fastify/session', 'better-auth']))
    for (const [place, { goal }] of CONTESTS.entries()) report.goal(goal, ours[place])
  } finally {
    redis.stop()
  }
}
