import type { Millis } from '../clock.js'
import type { Logger } from '../events/log.js'
import { isReplicated, SETTLES_FOR, type Store } from '../store/store.js'

/** Whether what was written to this row's bucket, since `ago` milliseconds ago, has reached the copies that were asked for. */
export async function settled(store: Store, id: string, ago: Millis, logger: Logger): Promise<boolean> {
  if (!isReplicated(store)) return true
  // What was written first may lie at a place that was replaced since, of which the store does not speak any more.
  if (ago >= SETTLES_FOR) return false
  try {
    return (await store.settle(id)) === 'durable'
  } catch (error) {
    // The change itself was acknowledged; only its copies are in doubt.
    logger.warn({ error: String(error) }, 'whether a change has reached the replicas could not be told')
    return false
  }
}
