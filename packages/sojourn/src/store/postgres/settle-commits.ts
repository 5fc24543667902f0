import type { Millis } from '../../clock.js'
import type { OnConnection } from './exclusive.js'
import { faultOf, LATE, NOT_REPLICATED, STANDBY_AWAY } from './fault.js'
import { type ServerFacts, serverFacts } from './server.js'
import { once } from './statements.js'

/** A commit that changes nothing. Whoever confirms it has everything that was committed before. */
const MARK = `
do $$
begin
  if current_setting('synchronous_commit') <> 'remote_apply' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  perform pg_logical_emit_message(true, 'sojourn', '');
end
$$`

/**
 * How far everything has got that any process has committed until now. With `replicas`, a commit of its own is sent after
 * it, and only then is the server asked whether it still waits for as many standbys: what waits is let go, and answered,
 * when an administrator takes the standby off the list. A single server that writes through is durable by itself; one that
 * has standbys, none of them synchronous, can lose what it has answered when one of them takes over.
 */
export async function settleCommits(alone: OnConnection, replicas: number, limit: Millis): Promise<'stored' | 'durable'> {
  try {
    const facts = await alone(async (client) => {
      if (replicas > 0) await client.query(once(MARK))
      return serverFacts(client)
    }, limit)
    return isDurable(facts, replicas) ? 'durable' : 'stored'
  } catch (thrown) {
    if (NOT_YET.has(faultOf(thrown).code)) return 'stored'
    throw thrown
  }
}

/** What can be answered although the copies were not reached. */
const NOT_YET = new Set([LATE, NOT_REPLICATED, STANDBY_AWAY])

const isDurable = ({ writesThrough, synchronous, standbys }: ServerFacts, replicas: number): boolean =>
  writesThrough && (synchronous > 0 ? synchronous >= replicas : replicas === 0 && standbys === 0)
