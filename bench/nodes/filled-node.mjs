// One process with so many sessions in its near-cache: node --expose-gc filled-node.mjs <address of Redis> <sessions>.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { jwtVerify, SignJWT } from 'jose'
import { CLIENT } from '../http/client.mjs'
import { answerParent } from '../lib/answer-parent.mjs'
import { sojournWithRedis } from '../lib/sojourn-manager.mjs'

const TYPICAL = { roles: ['user'], permissions: ['read', 'write'], data: { cart: [1, 2, 3] } }
const AT_ONCE = 64
const REHEARSALS = 2_000
/** A prime, and so no part of any number of sessions that is asked for: goes through all of them, and never to a neighbour. */
const STEP = 611_953
const TOKEN_LENGTH = 82

const [url, text] = process.argv.slice(2)
const count = Number(text)
/** Of five million sessions the first are half an hour old when they are first used. */
const idleTimeout = '4h'
const cache = { maxSessions: 10_000_000, maxBytes: Number.MAX_SAFE_INTEGER }
const open = (prefix) => sojournWithRedis(url, { prefix, cache, idleTimeout })
const sessions = await open(`filled-${count}:`)
/** As bytes: like those of a request, each use makes a string that was never hashed. */
const tokens = Buffer.alloc(count * TOKEN_LENGTH, '-')
const tokenAt = (place) => tokens.latin1Slice(place * TOKEN_LENGTH, (place + 1) * TOKEN_LENGTH)

function memory() {
  globalThis.gc()
  globalThis.gc()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, live: heapUsed + external }
}

/** Everything once with another manager, so that what the process itself grows by is there before anything is measured. */
async function rehearse() {
  const other = await open('rehearsal:')
  for (let place = 0; place < REHEARSALS; place++) {
    const { token } = await other.createSession(`user-${place}`, CLIENT, TYPICAL)
    await other.validateSession(token, CLIENT)
  }
  await other.close()
}

function cpuMicroseconds() {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** A machine that is busy with others can make a store late; then the figures are worthless, but the run goes on. */
async function unlessLate(error) {
  if (error.code !== 'STORE_UNAVAILABLE') throw error
  await pause(100)
}

/** The connection on which changes are heard must be read: without a turn for it, nothing in memory may be used any more. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A login that the store was late for is tried again: how long the process stood still is measured by itself. */
async function tokenOf(user) {
  for (;;) {
    const issued = await sessions.createSession(user, CLIENT, TYPICAL).catch(unlessLate)
    if (issued !== undefined) return issued.token
  }
}

/** With a turn of the event loop after each batch, as requests come. */
async function together(work) {
  for (let from = 0; from < count; from += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, place) => work(from + place))
    await Promise.all(batch)
    await turn()
  }
}

/** With `isUsed`, each session is used once, as it is where a client has got its token. */
async function fill({ isUsed }) {
  await rehearse()
  const before = memory()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const start = performance.now()
  await together(async (place) => {
    tokens.write(await tokenOf(`user-${place}`), place * TOKEN_LENGTH, 'latin1')
  })
  const created = performance.now()
  // The first use shows that the token has arrived, and is written.
  if (isUsed) await together((place) => sessions.validateSession(tokenAt(place), CLIENT).catch(unlessLate))
  await sessions.flush()
  delay.disable()
  const stalls = { worst: delay.max / 1e6, p9999: delay.percentile(99.99) / 1e6 }
  const after = memory()
  const bytes = { rss: (after.rss - before.rss) / count, live: (after.live - before.live) / count }
  return { bytes, perSecond: (count * 1_000) / (created - start), stalls }
}

const TURN = 1_000

async function validateSome(from, times) {
  let place = (from * STEP) % count
  for (let done = 0; done < times; done++) {
    place = (place + STEP) % count
    const { isValid } = await sessions.validateSession(tokenAt(place), CLIENT)
    if (!isValid) throw new TypeError('a living session was refused')
  }
}

/** Nanoseconds of one, over as many sessions from the same first one on. */
async function pass(first, times) {
  const before = cpuMicroseconds()
  const start = performance.now()
  for (let done = 0; done < times; done += TURN) {
    await validateSome(first + done, TURN).catch(unlessLate)
    await turn()
  }
  return { cpu: ((cpuMicroseconds() - before) * 1_000) / times, wall: ((performance.now() - start) * 1e6) / times }
}

/** What this loop itself takes: it makes the text of each token, as a server does of each request. */
function own(times) {
  const before = cpuMicroseconds()
  let place = 0
  let length = 0
  for (let done = 0; done < times; done++) {
    place = (place + STEP) % count
    length += tokenAt(place).length
  }
  if (length !== times * TOKEN_LENGTH) throw new TypeError('a token was not read')
  return ((cpuMicroseconds() - before) * 1_000) / times
}

let first = 0

/** Other sessions, and nothing left to do of what came before: the next half a minute nothing is written. A large heap may stand still for longer than a lease while it is collected. */
async function rest({ times }) {
  first += times
  await pass(first, times)
  await sessions.flush()
  globalThis.gc()
  await pass(first, times)
}

/** The same sessions again and again: so often that the collector comes by as often as it does in the long run. Without the texts of the tokens, which are not the work of the library. */
async function validate({ times, passes }) {
  // Twice: the first time it is compiled.
  own(times)
  const texts = own(times)
  const sum = { cpu: 0, wall: 0 }
  for (let done = 0; done < passes; done++) {
    const { cpu, wall } = await pass(first, times)
    sum.cpu += (cpu - texts) / passes
    sum.wall += (wall - texts) / passes
  }
  return { ...sum, texts }
}

/** Writes the uses that were noted, and tells what one session takes. */
async function write({ times }) {
  const before = cpuMicroseconds()
  await sessions.flush()
  return ((cpuMicroseconds() - before) * 1_000) / times
}

const secret = Buffer.from('a secret of this benchmark, of 32 bytes or more')
const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
const jwt = await new SignJWT({ sub: 'user-1', roles: ['user'] }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(key)

async function verifyJwt({ times }) {
  const before = cpuMicroseconds()
  for (let done = 0; done < times; done++) await jwtVerify(jwt, key)
  return { cpu: ((cpuMicroseconds() - before) * 1_000) / times }
}

answerParent({ fill, rest, validate, write, verifyJwt }, { ready: {}, close: () => sessions.close() })
