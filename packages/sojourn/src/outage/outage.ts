import type { Millis } from '../clock.js'
import { SessionError, storeUnavailable } from '../errors.js'
import type { Store } from '../store/store.js'
import { guarded } from './guarded.js'
import { probes } from './probes.js'
import { type Standing, type StandingOptions, standing } from './standing.js'

/** Watches whether the store answers, and keeps callers from waiting for one that does not. */
export interface Outage extends Omit<Standing, 'answered' | 'failed'> {
  /** The store; while it is silent each call fails at once, without asking it. */
  readonly store: Store
  /** Something that needed the store failed without asking it: asks it in the background, as often as probes go out. */
  suspect(): void
  close(): void
}

export interface OutageOptions extends StandingOptions {
  readonly store: Store
}

/** Seconds after which a refused caller may try again. */
const RETRY_AFTER = 2

export function outage({ store, ...options }: OutageOptions): Outage {
  const { clock, logger } = options
  const stands = standing(options)
  let isClosed = false

  const isDoubted = (): boolean => stands.state().kind === 'doubtful' || stands.state().kind === 'silent'
  function failed(begun: Millis): void {
    if (isClosed) return
    stands.failed(begun)
    if (isDoubted()) probing.soon()
  }
  const probing = probes({ clock, logger, get: (id) => store.get(id), answered: stands.answered, failed, goesOn: isDoubted })
  async function through<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    if (stands.state().kind === 'silent')
      throw storeUnavailable(new Error('It has not answered for a while, and was not asked.'), RETRY_AFTER)
    const begun = clock.monotonic()
    let answer: Answer
    try {
      answer = await call()
    } catch (error) {
      if (!isWrongQuestion(error)) failed(begun)
      throw error
    }
    stands.answered()
    return answer
  }

  return Object.freeze({
    store: guarded(store, through),
    state: stands.state,
    silentFor: stands.silentFor,
    before: stands.before,
    suspect(): void {
      if (stands.state().kind === 'answering') probing.ask()
    },
    rewound: stands.rewound,
    recovered: stands.recovered,
    onChange: stands.onChange,
    close(): void {
      isClosed = true
      probing.close()
    },
  })
}

/** The question was wrong, a cursor that somebody made up, say: to say so is an answer. */
function isWrongQuestion(error: unknown): boolean {
  return error instanceof SessionError && (error.code === 'INVALID_ARGUMENT' || error.code === 'CONFIG_INVALID')
}
