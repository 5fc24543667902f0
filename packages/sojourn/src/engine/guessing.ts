import type { SessionError } from '../errors.js'
import { addressBlock, canonicalAddress } from '../input/address.js'
import type { CountedGuess, GuessAllowance } from '../manager.js'
import type { Engine } from './engine.js'
import { publish } from './publish.js'
import { refusals } from './refusals.js'
import type { Guess } from './throttle.js'

/**
 * Refusals of what never was a token of anybody, as far as can be told. A session that has expired or was ended is not among
 * them: its own user presents it.
 */
const GUESSES: ReadonlySet<string> = new Set(['TOKEN_MALFORMED', 'TOKEN_INVALID', 'SESSION_NOT_FOUND'])

/** Counts one guess, and tells once a minute that a source, or all of them together, make too many. */
async function countGuess(engine: Engine, ipAddress: string | undefined): Promise<Guess | undefined> {
  const source = ipAddress === undefined ? undefined : addressBlock(ipAddress)
  const { own, overall } = engine.throttle.count(source)
  engine.metrics.count('sojourn_guesses_total')
  if (own?.isNews === true)
    await publish(engine, { type: 'security.guessing', ipAddress: canonicalAddress(ipAddress ?? ''), count: own.count })
  if (overall.isNews) await publish(engine, { type: 'security.guessing-everywhere', count: overall.count })
  if (own?.isOver === true) engine.metrics.count('sojourn_guesses_throttled_total')
  return own
}

/**
 * The refusal that the sender of a bad token is told: above the limit of its source, that it has to wait. Nothing about a
 * token that is good comes this way.
 */
export async function judgeGuess(
  engine: Engine,
  { error, rowId }: { readonly error: SessionError; readonly rowId?: string | undefined },
  ipAddress: string | undefined,
): Promise<SessionError> {
  // With a row, the token was made here: an older one of its own user, or one from before the store was put back.
  const isGuess = GUESSES.has(error.code) && (rowId === undefined || error.code === 'SESSION_NOT_FOUND')
  if (!engine.settings.throttle.enabled || !isGuess) return error
  const own = await countGuess(engine, ipAddress)
  // Our own check tag is on a token whose session is not there any more: its holder has to be told to log in.
  return own?.isOver === true && error.code !== 'SESSION_NOT_FOUND' ? refusals.guessing(own.reset) : error
}

/** Counts a wrong credential of another kind as a guess. */
export async function noteGuess(engine: Engine, ipAddress: string | undefined): Promise<CountedGuess | undefined> {
  if (!engine.settings.throttle.enabled) return undefined
  const own = await countGuess(engine, ipAddress)
  if (own === undefined) return undefined
  const { limit, window, remaining, reset, isOver } = own
  return { limit, window, remaining, reset, isOver }
}

/** What an address may still send. */
export function guessesLeft(engine: Engine, ipAddress: string | undefined): GuessAllowance | undefined {
  const source = ipAddress === undefined ? undefined : addressBlock(ipAddress)
  return source === undefined || !engine.settings.throttle.enabled ? undefined : engine.throttle.left(source)
}
