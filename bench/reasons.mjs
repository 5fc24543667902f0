const WARM =
  `Profile (\`npm run bench -- profile\`): the object that a request gets has an accessor of its own (\`http/session.ts\`, requestOf), for which V8
makes a hidden class in old space at each request; everything of the request stays until the next full collection, and collections of garbage are the
largest part of what is added. Then: two headers set one by one, six dates for each view (\`engine/warm.ts\`, viewAt), the address of the socket parsed
anew (\`http/forwarded.ts\`, callerOf), three promises for an answer that is known at once.`.replaceAll('\n', ' ')

const SEEN = `Nothing is remembered on the connection yet: the same as warm.`

const COLD = `Profile: the whole record is unsealed and parsed (\`engine/row.ts\`, openRow), pending activity is merged into a copy of it
(\`engine/activity.ts\`, apply), and the garbage of both is collected; reading it from Redis is less than half.`.replaceAll('\n', ' ')

const FRAMEWORKS = ['node', 'express', 'fastify', 'hono']

const forEach = (kind, reason) => Object.fromEntries(FRAMEWORKS.map((framework) => [`http-${kind}-${framework}`, reason]))

const UNDER_LOAD =
  `Four processes that never pause, Redis and the one that measures share two processors: the time is that of waiting for one. Quiet, the same
takes a fraction of it.`.replaceAll('\n', ' ')

/** Why a goal is missed, by its name in goals.mjs, as the profile shows it. Printed only where it is missed. */
export const REASONS = {
  ...forEach('warm', WARM),
  ...forEach('seen', SEEN),
  ...forEach('cold', COLD),
  'revocation-busy-p50': UNDER_LOAD,
  'revocation-busy-p99': UNDER_LOAD,
}
