import { jwtVerify, SignJWT } from 'jose'
import { createSessionManager } from 'sojourn'
import { redisStore } from 'sojourn/redis'
import { MASTER_KEY } from './lib/master-key.mjs'
import { startRedis } from './lib/redis.mjs'

const CONTEXT = { ipAddress: '203.0.113.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0' }
const OPTIONS = { roles: ['user'], permissions: ['read', 'write'], data: { cart: [1, 2, 3] } }
const VALIDATIONS = 1_000_000
const ROUNDS = 3

/** CPU and wall time of a piece of work, per operation. */
async function measure(operations, work) {
  const cpu = process.cpuUsage()
  const start = process.hrtime.bigint()
  await work()
  const wall = Number(process.hrtime.bigint() - start)
  const { user, system } = process.cpuUsage(cpu)
  return { wall: wall / operations, cpu: ((user + system) * 1_000) / operations }
}

const best = (rounds, key) => Math.min(...rounds.map((round) => round[key]))

async function validations(manager, sessions) {
  const tokens = []
  for (let user = 0; user < sessions; user++) tokens.push((await manager.createSession(`user-${user}`, CONTEXT, OPTIONS)).token)
  for (const token of tokens) await manager.validateSession(token, CONTEXT)
  await manager.flush()
  return async () => {
    for (let done = 0; done < VALIDATIONS; done++) {
      const { isValid } = await manager.validateSession(tokens[done % sessions], CONTEXT)
      if (!isValid) throw new Error('a living session was refused')
    }
  }
}

async function row(redis, sessions) {
  const manager = await createSessionManager({
    storage: await redisStore({ url: redis.url, prefix: `bench-${sessions}:` }),
    keys: { master: MASTER_KEY },
    cleanupInterval: 0,
    cache: { maxSessions: 10_000_000, maxBytes: Number.MAX_SAFE_INTEGER },
  })
  const work = await validations(manager, sessions)
  const rounds = []
  let commands = 0
  for (let round = 0; round < ROUNDS; round++) {
    const before = redis.sessionCommands()
    rounds.push(await measure(VALIDATIONS, work))
    commands += redis.sessionCommands() - before
  }
  await manager.close()
  return { cpu: best(rounds, 'cpu'), wall: best(rounds, 'wall'), commands }
}

async function jose() {
  const key = new TextEncoder().encode('a secret of more than thirty-two bytes, for a measurement')
  const token = await new SignJWT({ sub: 'user-1', roles: ['user'] }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(key)
  const tries = 50_000
  const rounds = []
  for (let round = 0; round < ROUNDS; round++)
    rounds.push(
      await measure(tries, async () => {
        for (let done = 0; done < tries; done++) await jwtVerify(token, key)
      }),
    )
  return { cpu: best(rounds, 'cpu'), wall: best(rounds, 'wall') }
}

/** Warm validations in this process, records sealed in Redis, against the verification of a JWT that nobody can revoke. */
export async function table() {
  const redis = await startRedis()
  try {
    const peer = await jose()
    console.log(`\nWarm validateSession, Redis ${redis.version}, best of ${ROUNDS} rounds of ${VALIDATIONS} on one core`)
    console.log('sessions   ns CPU   per second (CPU)   per second (wall)   against jose HS256   store commands')
    for (const sessions of [1_000, 100_000]) {
      const { cpu, wall, commands } = await row(redis, sessions)
      const columns = [
        String(sessions).padEnd(10),
        cpu.toFixed(0).padStart(6),
        Math.round(1e9 / cpu)
          .toLocaleString('en')
          .padStart(18),
        Math.round(1e9 / wall)
          .toLocaleString('en')
          .padStart(19),
        `${(peer.cpu / cpu).toFixed(0)} times`.padStart(20),
        String(commands).padStart(16),
      ]
      console.log(columns.join(' '))
    }
    console.log(`jose jwtVerify HS256: ${peer.cpu.toFixed(0)} ns CPU`)
    console.log('Store commands are those on sessions in all rounds; the activity of each session is written once in 30 seconds.')
  } finally {
    redis.stop()
  }
}
