import { type Millis, sleep } from '../clock.js'
import type { NearStore } from '../coherence/near-store.js'
import { SessionError, storeUnavailable } from '../errors.js'
import type { Engine } from './engine.js'

type Asking = Pick<Engine, 'store' | 'clock' | 'metrics' | 'logger' | 'outage'>

/** Waits between the tries of an operation that may be repeated: half a second in all, then the caller is told. */
const BACK_OFF: readonly Millis[] = [50, 100, 350]

/**
 * Asks the store. Whatever it throws comes out as `STORE_UNAVAILABLE`: an answer that did not come is never taken for a no.
 */
export async function ask<Answer>(engine: Asking, question: (store: NearStore) => Promise<Answer>): Promise<Answer> {
  try {
    return await question(engine.store)
  } catch (cause) {
    // The question itself was wrong: a cursor that somebody made up, say.
    if (cause instanceof SessionError && (cause.code === 'INVALID_ARGUMENT' || cause.code === 'CONFIG_INVALID')) throw cause
    engine.metrics.count('sojourn_store_errors_total')
    engine.outage.suspect()
    throw cause instanceof SessionError && cause.code === 'STORE_UNAVAILABLE' ? cause : storeUnavailable(cause)
  }
}

/**
 * Runs an operation again, with growing waits, while the store does not answer. Only for operations that come to the same
 * when they are run twice.
 */
export async function persist<Answer>(engine: Asking, operation: string, run: () => Promise<Answer>): Promise<Answer> {
  for (const wait of BACK_OFF) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof SessionError) || error.code !== 'STORE_UNAVAILABLE') throw error
      // It was not even asked, and will not be in the next moments.
      if (engine.outage.state().kind === 'silent') throw error
      engine.logger.warn({ operation, retryInMs: wait }, 'the session store did not answer; trying again')
      await sleep(engine.clock, wait)
    }
  }
  return await run()
}
