import type { Clock, Millis } from '../../clock.js'
import type { PostgresClient, PostgresNotice, PostgresPool, Queryable } from './driver.js'
import { breaksConnection, NOT_REPLICATED, PostgresFault } from './fault.js'
import { within } from './within.js'

/**
 * Runs `use` on a connection, and rejects once `limit` is over; the time until there is a connection counts. Closes the
 * connection if what `use` throws says that it is of no good.
 */
export type OnConnection = <T>(use: (client: Queryable) => Promise<T>, limit: Millis) => Promise<T>

/** Nobody else uses the connection meanwhile. A connection on which time ran out is closed: its answer is still on the way, and nobody else may get it. */
export function exclusive(pool: PostgresPool, clock: Clock): OnConnection {
  return async (use, limit) => {
    let lease: Lease | undefined
    let late = false
    const work = async () => {
      const client = await pool.connect()
      if (late) {
        client.release()
        throw new PostgresFault('UNUSED', 'a connection came too late')
      }
      const held = lend(client)
      lease = held
      try {
        const answer = await use(client)
        held.assertReplicated()
        held.end(false)
        return answer
      } catch (thrown) {
        held.end(breaksConnection(thrown))
        throw thrown
      }
    }
    return within(clock, limit, work, () => {
      late = true
      lease?.end(true)
    })
  }
}

interface Lease {
  assertReplicated(): void
  /** Gives the client back; the second call does nothing. */
  end(close: boolean): void
}

/**
 * The function of the server that waits for synchronous standbys. When an administrator cancels the query there, the
 * commit is answered all the same, with a warning: it may be on the primary only.
 */
const STANDBY_WAIT = 'SyncRepWaitForLSN'

function lend(client: PostgresClient): Lease {
  let broken = false
  let cutShort = false
  let ended = false
  // Without a listener, a connection that breaks would end the process.
  const onError = (): void => {
    broken = true
  }
  const onNotice = (notice: PostgresNotice): void => {
    if (notice.routine === STANDBY_WAIT) cutShort = true
  }
  client.on('error', onError)
  client.on('notice', onNotice)
  return {
    assertReplicated() {
      if (cutShort)
        throw new PostgresFault(NOT_REPLICATED, 'the wait for the synchronous standby was cancelled: the write is on the primary only')
    },
    end(close) {
      if (ended) return
      ended = true
      client.release(close || broken)
      client.removeListener('notice', onNotice)
      client.removeListener('error', onError)
    },
  }
}
