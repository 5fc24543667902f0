import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BARE, CHECKED, openPair } from '../http/pair.mjs'
import { startRedis } from '../lib/redis.mjs'

const SOURCES = fileURLToPath(new URL('../../packages/sojourn/src', import.meta.url))
const ROWS = 28
const FRAMEWORKS = ['node', 'express', 'fastify', 'hono']

/** Where each function of the sources is declared. */
function declarations() {
  const found = new Map()
  for (const path of readdirSync(SOURCES, { recursive: true }).filter((name) => name.endsWith('.ts'))) {
    for (const [at, line] of readFileSync(`${SOURCES}/${path}`, 'utf8').split('\n').entries()) {
      const name = /^\s*(?:export )?(?:async )?(?:function |const )?(\w+)(?:\(| = (?:async )?\()/.exec(line)?.[1]
      if (name !== undefined && /^\s*(?:export |async |function |const )|[{>]$/.test(line))
        found.set(name, [...(found.get(name) ?? []), `${path}:${at + 1}`])
    }
  }
  return found
}

async function timesOf(pair, place, milliseconds) {
  await pair.child.tell('startProfile')
  let requests = 0
  for (const until = performance.now() + milliseconds; performance.now() < until; requests += pair.sizes[place])
    await pair.block(place, pair.sizes[place])
  const times = await pair.child.tell('stopProfile')
  return new Map(Object.entries(times).map(([name, time]) => [name, time / requests]))
}

function named(name, known) {
  const [, called, file = ''] = /^(\S+|\(.*?\))(?: (.*))?$/.exec(name)
  if (!file.includes('packages/sojourn/dist')) return name
  const places = known.get(called.replace(/\$\d+$/, '')) ?? []
  return places.length === 0 || places.length > 3 ? name : `${called} src/${places.join(' or ')}`
}

/** What the check adds to a request, function by function: the profile of the checked handler less that of the bare one. */
export async function table(report, { isQuick, words = [] }) {
  const [variant = 'sojourn-warm'] = words.filter((word) => !FRAMEWORKS.includes(word))
  const wanted = words.filter((word) => FRAMEWORKS.includes(word))
  const milliseconds = isQuick ? 1_500 : 4_000
  const known = declarations()
  const redis = await startRedis()
  try {
    for (const framework of wanted.length > 0 ? wanted : FRAMEWORKS) {
      const pair = await openPair({ framework, variant, milliseconds, redis })
      const bare = await timesOf(pair, BARE, milliseconds)
      const checked = await timesOf(pair, CHECKED, milliseconds)
      await pair.close()
      for (const times of [bare, checked]) times.delete('(idle)')
      const added = [...checked].map(([name, time]) => [name, time - (bare.get(name) ?? 0)]).sort(([, a], [, b]) => b - a)
      const total = added.reduce((sum, [, time]) => sum + time, 0)
      report.heading(`${framework}, ${variant}: ${total.toFixed(1)} µs added to a request, by the function on top of the stack`)
      report.table(
        ['function', 'µs added', 'µs'],
        added.slice(0, ROWS).map(([name, time]) => [named(name, known), time.toFixed(2), checked.get(name).toFixed(2)]),
      )
    }
  } finally {
    redis.stop()
  }
}
