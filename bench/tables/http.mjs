import { measurePair } from '../http/pair.mjs'
import { COLUMNS, rowOf } from '../http/rows.mjs'
import { startRedis } from '../lib/redis.mjs'
import { versionsOf } from '../lib/versions.mjs'

const FRAMEWORKS = [
  { framework: 'node', title: 'node:http', variants: ['known-cost', 'better-auth', 'iron-session', 'jose', 'fast-jwt', 'fast-jwt-cache'] },
  { framework: 'express', title: 'Express 5', variants: ['express-session', 'jose', 'fast-jwt', 'fast-jwt-cache'] },
  { framework: 'express4', title: 'Express 4', variants: ['express-session'], ours: ['warm'] },
  { framework: 'fastify', title: 'Fastify 5', variants: ['fastify-session', 'jose', 'fast-jwt', 'fast-jwt-cache'] },
  { framework: 'hono', title: 'Hono', variants: ['jose', 'fast-jwt', 'fast-jwt-cache'] },
]

const OURS = [
  { variant: 'sojourn-warm', name: 'Sojourn, warm', goal: 'warm' },
  { variant: 'sojourn-warm', isSeen: true, name: 'Sojourn, warm, connection seen before', goal: 'seen' },
  { variant: 'sojourn-cold', name: 'Sojourn, cold: one read of the store', goal: 'cold' },
]

/** A request of Express makes so much garbage that its collections take longer to even out. */
const LONGER = { express: 2, express4: 2 }

const NAMES = {
  bare: 'the bare handler against itself',
  'known-cost': 'a loop of 5 µs, to see that the measure is right',
  'express-session': 'express-session + connect-redis',
  'fastify-session': '@fastify/session + connect-redis',
  'better-auth': 'better-auth, sessions in Redis',
  'iron-session': 'iron-session (cannot be revoked)',
  jose: 'JWT HS256, jose (cannot be revoked)',
  'fast-jwt': 'JWT HS256, fast-jwt (cannot be revoked)',
  'fast-jwt-cache': 'JWT HS256, fast-jwt with its cache (cannot be revoked)',
}

const rowsOf = ({ variants, ours }) => [
  { variant: 'bare', name: NAMES.bare },
  ...OURS.filter(({ goal }) => ours?.includes(goal) ?? true),
  ...variants.map((variant) => ({ variant, name: NAMES[variant] })),
]

async function frameworkTable(report, spec, redis, time) {
  const { framework, title, ours } = spec
  const milliseconds = time * (LONGER[framework] ?? 1)
  const rows = []
  let warmCommands = 0
  for (const { variant, name, isSeen, goal } of rowsOf(spec)) {
    const found = await measurePair({ framework, variant, isSeen, milliseconds, redis })
    rows.push(rowOf(name, found))
    if (goal !== undefined && ours === undefined) report.goal(`http-${goal}-${framework}`, found.cpu.median)
    if (variant === 'sojourn-warm') warmCommands = Math.max(warmCommands, found.commands.total)
  }
  report.heading(title)
  report.table(COLUMNS, rows)
  return warmCommands
}

/** A handler behind the check, as a ratio to the same handler with no check at all; measured in pairs. */
export async function table(report, { isQuick }) {
  const milliseconds = isQuick ? 1_200 : 4_000
  const redis = await startRedis()
  let warmCommands = 0
  try {
    report.note(
      `A handler behind the check against the same handler without one: 1.00 is free. 64 connections kept alive, 1,000 sessions, Redis ${redis.version}. One server process for each line, in which both handlers take turns every 15 ms (bare, checked, checked, bare). The ratios are medians of batches of such groups, with the range of 95 %; the microseconds are means.`,
    )
    for (const spec of FRAMEWORKS) warmCommands = Math.max(warmCommands, await frameworkTable(report, spec, redis, milliseconds))
    report.note(
      `${versionsOf(['express', 'express4', 'fastify', 'hono', '@hono/node-server', 'express-session', 'connect-redis', 'redis', '@fastify/session', 'better-auth', 'iron-session', 'jose', 'fast-jwt'])} better-auth and Auth.js on SQLite need a driver that is compiled, and are left out.`,
    )
    report.goal('http-warm-commands', Math.round(warmCommands * 100) / 100)
  } finally {
    redis.stop()
  }
}
