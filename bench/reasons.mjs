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
  `A snapshot of the heap: two rows for each session of a user with one session (its own, and the devices of the user) with 1,260 sealed bytes, the opened
record of about twenty small objects, and what the last validation found. Keeping the record packed, and opening only its head, is the way to go on.`.replaceAll(
    '\n',
    ' ',
  )

const PROCESS =
  `Profile: a quarter is the SHA-256 of the token, a fifth the view with its six dates, which each caller gets for itself, a seventh four readings of two clocks,
of which the lease and a clock that never runs back take two each; the rest is the look-up, the context and the use that is noted.`.replaceAll(
    '\n',
    ' ',
  )

const LARGE = `Not profiled yet. By its size: of a million sessions each look-up misses the processor's caches several times: map, row, finding, and the pending use.`

const VALIDATE =
  `Profile (\`npm run bench -- profile hono service-validate\`): writing the longer answer is a quarter, telling the session as JSON a sixth, garbage a sixth,
reading and checking the body, the service key and the schema most of the rest; the validation itself is a tenth.`.replaceAll('\n', ' ')

const SEALED = `Not profiled yet. By the code: sealing the record, and the two scripts that a first session of a user takes (its own row, and later that of the user's devices), in one process on one processor.`

const TWICE =
  `Profile: no store is asked any more. Half of the request is Express without any session, which takes close to half of the original by itself. What is added is, for a
half, five properties on request and response (\`session\`, \`sessionID\`, \`sessionStore\`, \`end\`, \`writeHead\`), which the original sets as well: Express gives each request a prototype
of its own, and V8 then copies the shape of the object for each property, 1.3 KB of garbage. The rest is two hashes of the cookie, the copy of the session, its objects, and the comparison.`.replaceAll(
    '\n',
    ' ',
  )

const STORED = `Of a user with one session, a third is the row in which the devices of that user are remembered; the sealed record itself takes about 900 bytes.`

/** Why a goal is missed, by its name in goals.mjs, as the profile shows it. Printed only where it is missed. */
export const REASONS = {
  ...forEach('warm', WARM),
  ...forEach('seen', SEEN),
  ...forEach('cold', COLD),
  'revocation-busy-p50': UNDER_LOAD,
  'revocation-busy-p99': UNDER_LOAD,
  'memory-cache': KEPT,
  'warm-small': PROCESS,
  'warm-large': LARGE,
  'warm-jose': PROCESS,
  'scale-growth': LARGE,
  'validate-http': VALIDATE,
  'store-create-redis': SEALED,
  'store-create-sqlite': SEALED,
  'dropin-times': TWICE,
  'memory-redis': STORED,
  'memory-disk': STORED,
}
