import type { Millis } from '../clock.js'
import { storeUnavailable } from '../errors.js'
import type { Engine } from './engine.js'

/** An older library's store may wait for its connection for ever; the visitor does not. */
const DEADLINE: Millis = 5_000

/** Asks the store of an older library. Whatever it throws, or no answer at all, comes out as `STORE_UNAVAILABLE`. */
export async function askLegacy<Answer>(
  engine: Pick<Engine, 'clock' | 'metrics' | 'logger'>,
  source: string,
  question: () => Promise<Answer>,
): Promise<Answer> {
  let cancel = (): void => undefined
  const late = new Promise<never>((_, reject) => {
    cancel = engine.clock.after(DEADLINE, () => reject(new Error(`no answer within ${DEADLINE} ms`)))
  })
  try {
    return await Promise.race([question(), late])
  } catch (cause) {
    engine.metrics.count('sojourn_store_errors_total')
    engine.logger.warn({ source, error: String(cause) }, 'the store of an older library did not answer, or its record could not be read')
    throw storeUnavailable(cause)
  } finally {
    cancel()
  }
}
