import { isSessionError, storeUnavailable } from '../../errors.js'
import { faultOf, PostgresFault } from './fault.js'

/** Where every verb goes through. */
export interface Gate {
  /** Throws `STORE_UNAVAILABLE` for everything that goes wrong inside, and once the gate is shut or too many are inside. */
  pass<T>(verb: () => Promise<T>): Promise<T>
  /** Lets nobody in any more, and resolves when the last one is out. Called once. */
  shut(): Promise<void>
}

/** More than this can only wait for a server that has stopped answering: refuse at once instead of filling the memory. */
const MOST_INSIDE = 16_384

export function openGate(): Gate {
  let inside = 0
  let isShut = false
  let onEmpty = (): void => undefined

  return {
    async pass(verb) {
      if (isShut) throw storeUnavailable(new PostgresFault('CLOSED', 'the Postgres store is closed'))
      if (inside >= MOST_INSIDE) throw storeUnavailable(new PostgresFault('BUSY', `${MOST_INSIDE} verbs are under way`))
      inside++
      try {
        return await verb()
      } catch (thrown) {
        throw isSessionError(thrown) ? thrown : storeUnavailable(faultOf(thrown))
      } finally {
        inside--
        if (inside === 0) onEmpty()
      }
    },
    shut() {
      isShut = true
      return new Promise((resolve) => {
        onEmpty = resolve
        if (inside === 0) resolve()
      })
    },
  }
}
