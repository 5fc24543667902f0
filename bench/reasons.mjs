const WARM =
  `Profile (\`npm run bench -- profile\`): the hash and the look-up by a text that has no hash yet (\`coherence/bounded-rows.ts\`, entryOf), noting the
use (\`engine/activity.ts\`, note), the view of the session with its dates (\`engine/warm.ts\`, viewAt), and two more headers in the answer, which are for caches
and which no peer sends.`.replaceAll('\n', ' ')

const SEEN = `The same as warm, less what is remembered of the connection: its address and what its last credential came to.`

const COLD = `Profile: the whole record is unsealed and parsed (\`engine/row.ts\`, openRow), pending activity is merged into a copy of it
(\`engine/activity.ts\`, apply), and the garbage of both is collected; reading it from Redis is less than half.`.replaceAll('\n', ' ')

const FRAMEWORKS = ['node', 'express', 'fastify', 'hono']

const forEach = (kind, reason) => Object.fromEntries(FRAMEWORKS.map((framework) => [`http-${kind}-${framework}`, reason]))

const UNDER_LOAD =
  `Four processes that never pause, Redis and the one that measures share two processors: the time is that of waiting for one. Quiet, the same
takes a fraction of it.`.replaceAll('\n', ' ')

const KEPT =
  `A snapshot of the heap: nearly half are pieces of Node's buffer pool, 8 KiB each, which the sealed record of one session keeps alive; the rest are
22 small objects and 36 boxed numbers for each session.`.replaceAll('\n', ' ')

const STORED = `Of a user with one session, a third is the row in which the devices of that user are remembered; the sealed record itself takes about 900 bytes.`

/** Why a goal is missed, by its name in goals.mjs, as the profile shows it. Printed only where it is missed. */
export const REASONS = {
  ...forEach('warm', WARM),
  ...forEach('seen', SEEN),
  ...forEach('cold', COLD),
  'revocation-busy-p50': UNDER_LOAD,
  'revocation-busy-p99': UNDER_LOAD,
  'memory-cache': KEPT,
  'memory-redis': STORED,
  'memory-disk': STORED,
}
