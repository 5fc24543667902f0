import type { OnConnection } from './exclusive.js'
import { faultOf, LATE, PostgresFault, STANDBY_AWAY } from './fault.js'

/** More than this many stuck commits tell nothing new, and each one holds a connection of the server. */
const MOST_STUCK = 8

/**
 * The same as `alone`, for what commits. While the synchronous standby is away, each commit waits in the server, also
 * after its client has given up and closed the connection: one new connection a second for each writer, until the server
 * has none left for anybody. So after a late write the server is asked how many are stuck, and further ones are refused
 * until the standby is back.
 */
export function standbyWatch(alone: OnConnection, stuckCommits: () => Promise<number>): OnConnection {
  let suspect = false

  const beforeWrite = async (): Promise<void> => {
    const stuck = await stuckCommits()
    if (stuck >= MOST_STUCK) {
      throw new PostgresFault(STANDBY_AWAY, `${stuck} commits wait for a synchronous standby that does not answer`)
    }
    if (stuck === 0) suspect = false
  }

  return async (use, limit) => {
    if (suspect) await beforeWrite()
    try {
      return await alone(use, limit)
    } catch (thrown) {
      if (faultOf(thrown).code === LATE) suspect = true
      throw thrown
    }
  }
}
