import { startChild } from '../lib/child.mjs'
import { openLoad } from '../lib/load.mjs'
import { commandsPer } from '../lib/redis.mjs'
import { mean, medianWithRange } from '../lib/statistics.mjs'
import { requestText } from './client.mjs'

const CONNECTIONS = 64
const SESSIONS = 1_000
/** Long enough that the pause between two blocks does not count, and short enough that the machine is the same in both. */
const BLOCK_MS = 15
const ORDER = [0, 1, 1, 0]

/** Until both handlers are compiled as they will be: else one is ahead of the other. */
const LEAST_WARMING_MS = 1_000
/** Groups of four blocks, however slow they are. */
const FEWEST = 4

export const BARE = 0
export const CHECKED = 1

/** What each connection sends: for both handlers the same, or for each its own. */
async function requestsOf(child) {
  const { credentials, bare = credentials.map(requestText), checked = bare } = await child.tell('requests', { count: SESSIONS })
  return [bare, checked].map((list) => list.map((text) => Buffer.from(text)))
}

function measurer(child, load, requests, isSeen) {
  return async function block(place, count) {
    const list = requests[place]
    const choose = isSeen ? (connection) => list[connection] : (_connection, number) => list[number % list.length]
    const before = await child.tell('choose', { place })
    const start = performance.now()
    await load.run(count, choose)
    const wall = performance.now() - start
    const cpu = (await child.tell('choose', { place })) - before
    return { wall: (wall * 1_000) / count, cpu: cpu / count }
  }
}

/** Runs both handlers until they are compiled, and answers how many requests of each make one block. */
async function warmUp(block, milliseconds) {
  const sizes = [CONNECTIONS, CONNECTIONS]
  for (const until = performance.now() + milliseconds; performance.now() < until; ) {
    for (const place of [BARE, CHECKED]) {
      const { wall } = await block(place, sizes[place])
      sizes[place] = Math.max(CONNECTIONS, Math.min(sizes[place] * 2, Math.round((BLOCK_MS * 1_000) / wall)))
    }
  }
  return sizes
}

/** How many ratios come out of one pair at most, and how many groups of four there are in one at least. */
const BATCHES = 20
const GROUPS = 4

/**
 * Ratios of neighbours, bare to checked. Groups of four are first summed up to batches, each long enough to have its share of
 * garbage collections: else a collection that falls into one block or the other decides.
 */
function ratios(quads, what) {
  const size = Math.max(GROUPS, Math.ceil(quads.length / BATCHES))
  const found = []
  for (let from = 0; quads.length - from >= Math.min(size, quads.length); from += size) {
    // What is left over belongs to the last batch.
    const batch = quads.slice(from, quads.length - from < 2 * size ? undefined : from + size)
    const sum = (places) => batch.reduce((all, quad) => all + places.reduce((some, place) => some + quad[place][what], 0), 0)
    found.push(sum([0, 3]) / sum([1, 2]))
  }
  return medianWithRange(found)
}

/** A server with one pair, compiled, with the first use of each session behind it. */
export async function openPair({ framework, variant, isSeen = false, milliseconds, redis, execArgv = [] }) {
  const child = await startChild('http/server.mjs', { args: [framework, variant, redis.url], execArgv, env: { NODE_ENV: 'production' } })
  const load = await openLoad(child.told.port, CONNECTIONS)
  const block = measurer(child, load, await requestsOf(child), isSeen)
  const sizes = await warmUp(block, Math.max(LEAST_WARMING_MS, milliseconds / 4))
  for (let times = 0; times < 2; times++) {
    await block(CHECKED, SESSIONS)
    await child.tell('settle')
  }
  return {
    child,
    block,
    sizes,
    async close() {
      load.close()
      await child.stop()
    },
  }
}

/**
 * One server process answers the same load while its handler changes block by block, bare, checked, checked, bare; each group
 * of four gives one ratio, in which a machine that becomes faster or slower cancels out. `isSeen`: each connection sends the
 * same credential again and again; else another one each time.
 */
export async function measurePair(what) {
  const { framework, variant, isSeen = false, milliseconds, redis } = what
  const { block, sizes, close } = await openPair(what)
  try {
    const quads = []
    const before = redis.commands()
    for (const until = performance.now() + milliseconds; performance.now() < until || quads.length < FEWEST; ) {
      const quad = []
      for (const place of ORDER) quad.push(await block(place, sizes[place]))
      quads.push(quad)
    }
    const commands = commandsPer(quads.length * 2 * sizes[CHECKED], before, redis.commands())
    const cpuOf = (places) => mean(quads.flatMap((quad) => places.map((place) => quad[place].cpu)))

    const [bare, checked] = [cpuOf([0, 3]), cpuOf([1, 2])]
    return {
      framework,
      variant,
      isSeen,
      cpu: ratios(quads, 'cpu'),
      wall: ratios(quads, 'wall'),
      bare,
      checked,
      commands,
      groups: quads.length,
    }
  } finally {
    await close()
  }
}
