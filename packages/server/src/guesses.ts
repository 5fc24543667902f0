import type { Context } from 'hono'
import { type GuessAllowance, isSessionError } from 'sojourn'
import type { Service } from './call.js'
import { callerContext } from './caller-context.js'
import { Problem } from './problem.js'

/** The name of the quota in the headers; problem documents of the library say the same. */
const GUESSES_POLICY = 'guesses'

/** Refusals after which a caller is told how many more there may be. */
const COUNTED: ReadonlySet<string> = new Set(['TOKEN_MALFORMED', 'TOKEN_INVALID', 'SESSION_NOT_FOUND', 'RATE_LIMITED'])

/** The fields of draft-ietf-httpapi-ratelimit-headers: what the quota is, and what is left of it. */
function quotaHeaders({ limit, window, remaining, reset }: GuessAllowance): Readonly<Record<string, string>> {
  return {
    'RateLimit-Policy': `"${GUESSES_POLICY}";q=${limit};w=${window}`,
    RateLimit: `"${GUESSES_POLICY}";r=${remaining};t=${reset}`,
  }
}

/** Tells the sender of a token that was refused what is left of their quota. */
export function tellAllowance(service: Service, c: Context, error: unknown): void {
  if (!isSessionError(error) || !COUNTED.has(error.code)) return
  const left = service.sessions.guessesLeft(callerContext(service, c).ipAddress)
  if (left === undefined) return
  // Retry-After must not be earlier than `t`, and it was worked out a moment before.
  const reset = Math.min(left.reset, error.retryAfter ?? left.reset)
  for (const [name, value] of Object.entries(quotaHeaders({ ...left, reset }))) c.header(name, value)
}

/**
 * Lets `demand` decide about a key. A wrong one counts as a guess of the address that it came from; above
 * the limit of that address the answer to a wrong key is 429. The right key is never refused.
 */
export async function countWrongKey<Answer>(service: Service, c: Context, demand: () => Answer): Promise<Answer> {
  try {
    return demand()
  } catch (refusal) {
    // Who sent no key has guessed nothing.
    if (!(refusal instanceof Problem) || refusal.parts.isSuspicious !== true) throw refusal
    const counted = await service.sessions.noteGuess(callerContext(service, c).ipAddress)
    if (counted === undefined) throw refusal
    const headers = quotaHeaders(counted)
    if (!counted.isOver)
      throw new Problem(refusal.status, refusal.code, refusal.message, {
        ...refusal.parts,
        headers: { ...refusal.parts.headers, ...headers },
      })
    const detail = `Too many keys and tokens that are not good came from this address. Try again in ${counted.reset} seconds.`
    throw new Problem(429, 'RATE_LIMITED', detail, {
      headers: { ...headers, 'Retry-After': String(counted.reset) },
      members: { retryAfter: counted.reset },
    })
  }
}
