import type { Logger } from '../events/log.js'
import { isReplicated, type Store } from '../store/store.js'

/** Whether what was written to this row's bucket has reached the copies that were asked for. */
export async function settled(store: Store, id: string, logger: Logger): Promise<boolean> {
  if (!isReplicated(store)) return true
  try {
    return (await store.settle(id)) === 'durable'
  } catch (error) {
    // The change itself was acknowledged; only its copies are in doubt.
    logger.warn({ error: String(error) }, 'whether a change has reached the replicas could not be told')
    return false
  }
}
