const WARM =
  `Profile (\`npm run bench -- profile\`): the hash and the look-up by a text that has no hash yet (\`coherence/by-row-id.ts\`), noting the
use (\`engine/activity.ts\`, note), the view of the session with its dates (\`engine/warm.ts\`, viewAt), and two more headers in the answer, which are for caches
and which no peer sends.`.replaceAll('\n', ' ')

const SEEN = `The same as warm, less what is remembered of the connection: its address and what its last credential came to.`

const COLD =
  `Profile (\`npm run bench -- profile node sojourn-cold\`): of 23 µs, nine are the system call that writes the question to Redis, since few requests come in one turn of the
loop; the rest is spread thin, one each for the queue of promises, the look-ups, the hash of the token, reading the row, the view of the session. The row is read each time, and only if its
bytes have changed is it opened and judged again: a session that this process has never seen costs 43 µs in all, of which four are AES-GCM and two the check tag.`.replaceAll(
    '\n',
    ' ',
  )

const HONO =
  `A middleware of Hono that does nothing but wait for the next one takes the ratio to about 0.9 by itself: the bare handler answers without a promise. Headers that are set after it
make \`Headers\` of the plain object that an answer had, which is half of what is added; they must stand there, since a cache around this middleware has to see them.`.replaceAll(
    '\n',
    ' ',
  )

const FRAMEWORKS = ['node', 'express', 'fastify', 'hono']

const forEach = (kind, reason) => Object.fromEntries(FRAMEWORKS.map((framework) => [`http-${kind}-${framework}`, reason]))

const UNDER_LOAD = `Four processes with 20,000 validations a second each, Redis and the one that measures share two processors: what is more than without load is the time of waiting for one.`

const KEPT =
  `A snapshot of the heap: in use are 900 bytes of objects and 330 of buffers a session (the row and its place, what the last validation found, the sealed bytes with 270 bytes that Node takes
for each array of its own), and the row of the user's devices beside it. The rest of what the process holds is room that the heap took while the sessions came in, and gives back slowly. Less takes rows packed outside
the heap.`.replaceAll('\n', ' ')

const PROCESS =
  `Profile: a quarter is the SHA-256 of the token, a fifth the view with its six dates, which each caller gets for itself and Node makes in 34 ns each, a fifteenth one reading of
two clocks, which the lease and the limits of the session share; the rest is the look-up, the promise, the context and the use that is noted.`.replaceAll(
    '\n',
    ' ',
  )

const LARGE =
  `Profile (\`node --cpu-prof\`, 500,000 sessions): a third and more is waiting for memory in four look-ups that no cache of the processor holds any more (the map of rows, the finding with its instants, the
pending use), 7 % the collector, the hash and the view 4 and 3 %. Fewer and closer objects for each session are what helps. In the run of 2026-11-22 the machine had other work: the store counted 2,018,796 reads, so
the rows in memory had been in doubt; likely by a beat that came late, which was not looked into. The best round took 3,434 ns.`.replaceAll(
    '\n',
    ' ',
  )

const STALL =
  'Profile of the longest stall while 600,000 came in: of 172 ms the collector took 143, the rest is a batch of logins. Most of what a login makes stays, and the collector walks over all of it. Rows packed outside the heap are what helps.'

const CROWD =
  `The process had forgotten rows while they came in: 617 bytes of each are left, where a million take 1,479. One that stands still for a second, as this one did, misses a beat; until then it threw its
memory away, so that much of what was measured as warm asked the store. Now it doubts its memory and asks for each row once more; the run was not repeated to its end since.`.replaceAll(
    '\n',
    ' ',
  )

const CROWD_STALL =
  `What the collector did while 1,500,000 came in, on a busy machine (\`PerformanceObserver\`): 5,954 young collections took 61 of 320 s, the longest 1,079 ms; full ones 0.5 s in all, the longest 95 ms. What
a login makes stays, so each young collection copies most of what it finds. Rows packed outside the heap are what helps.`.replaceAll(
    '\n',
    ' ',
  )

const VALIDATE =
  `Profile (\`npm run bench -- profile hono service-validate\`): Node itself takes the body in pieces and writes an answer that is twice as long, about half of
what is added; the other half is, in this order, the text of the session, the validation (a hash, the look-up, the use that is noted), parsing and checking the body,
the service key and a new request id. Whatever is not plain goes the way of all calls, at half as much again.`.replaceAll('\n', ' ')

const MADE =
  'sealing the record and packing it a seventh, five keyed hashes (of the user, the fingerprint, the device, its row, the check tag) a sixteenth'

const CREATED_REDIS = `Profile (\`node --cpu-prof\`, 64 at once): garbage is nearly a third, since most of what a login makes stays: the row in the near-cache, and the login in the list of devices that waits to be written; writing to the socket a seventh, ${MADE}. The row of the devices of a user is written within a second by a script of its own, in the same process, at two thirds of the price of the login.`

const CREATED_SQLITE = `Profile (\`node --cpu-prof\`, 64 at once, one commit for all): a quarter is the commit, most of it waiting for the disk, a twelfth the two statements of the insertion, a fifteenth asking the file whether another process has logged everybody out, a ninth garbage, ${MADE}.`

const IMPORTED = `Profile (\`node --cpu-prof\`): a quarter is compiling the one large file, a quarter the modules of Node that it needs (crypto and zlib among them), the rest finding, reading and linking two dozen files. Without comments it is no faster, and minified by a tenth.`

const TWICE =
  `Profile: no store is asked any more. Half of the request is Express without any session, which takes close to half of the original by itself. What is added is, for a
half, five properties on request and response (\`session\`, \`sessionID\`, \`sessionStore\`, \`end\`, \`writeHead\`), which the original sets as well: Express gives each request a prototype
of its own, and V8 then copies the shape of the object for each property, 1.3 KB of garbage. The rest is two hashes of the cookie, the copy of the session, its objects, and the comparison.`.replaceAll(
    '\n',
    ' ',
  )

const STORED = `Of a user with one session, more than a third is the row in which the devices of that user are remembered; the sealed record itself takes 316 bytes, its row with all indexes 865 in Redis and 612 in SQLite.`

/** Why a goal is missed, by its name in goals.mjs, as the profile shows it. Printed only where it is missed. */
export const REASONS = {
  ...forEach('warm', WARM),
  ...forEach('seen', SEEN),
  'http-warm-hono': `${WARM} ${HONO}`,
  'http-seen-hono': `${SEEN} ${HONO}`,
  ...forEach('cold', COLD),
  'revocation-busy-p50': UNDER_LOAD,
  'revocation-busy-p99': UNDER_LOAD,
  'memory-cache': KEPT,
  'warm-small': PROCESS,
  'warm-large': LARGE,
  'warm-jose': LARGE,
  'scale-growth': LARGE,
  'scale-stall': STALL,
  'crowd-growth': CROWD,
  'crowd-stall': CROWD_STALL,
  'validate-http': VALIDATE,
  'store-create-redis': CREATED_REDIS,
  'store-create-sqlite': CREATED_SQLITE,
  'start-import': IMPORTED,
  'dropin-times': TWICE,
  'memory-redis': STORED,
  'memory-disk': STORED,
}
