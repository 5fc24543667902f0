import type { Millis } from '../../clock.js'
import type { PostgresQuery } from './driver.js'
import type { PostgresNames } from './names.js'
import { once } from './statements.js'

/** What the channel asks the server. */
export interface SignalStatements {
  /** Has what `wake` sends brought to this connection. */
  listen(): PostgresQuery
  /**
   * At least one record: the place (null on a standby), a snapshot, the server's time, and a message or null. Messages are those
   * that the snapshot `since` did not show; without it there are none. `most` and one more tell that there are too many.
   */
  news(since: string | undefined, most: number): PostgresQuery
  /** The place. */
  register(node: string, life: Millis, message: string): PostgresQuery
  /** At least one record: milliseconds that the place serves, age of the register, and a member with its milliseconds or nulls. */
  call(message: string): PostgresQuery
  send(message: string): PostgresQuery
  wake(): PostgresQuery
  leave(node: string): PostgresQuery
  /** Whether there may be more to delete. */
  trim(most: number): PostgresQuery
}

/**
 * Changes come before what else one look finds, so nobody is taken to have heard of a change because of a beat or a question
 * that was sent at the same time; the rest is in the order of its causes. What this server cannot have sent is left to `trim`.
 */
const news = ({ full }: PostgresNames): string => `
select here.place, here.snapshot, here.now, heard.payload
from (
  select ${full('place')}() as place, pg_current_snapshot()::text as snapshot,
    floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now
) as here left join (
  select is_change, txid, payload from ${full('messages')}
  where txid >= pg_snapshot_xmin($1::pg_snapshot) and txid < pg_snapshot_xmax(pg_current_snapshot())
    and not pg_visible_in_snapshot(txid, $1::pg_snapshot)
  limit $2
) as heard on true
order by heard.is_change desc, heard.txid`

/** `patience` is how long the server may wait for a lock. */
export function signalStatements(names: PostgresNames, patience: Millis): SignalStatements {
  const { full, local } = names
  const newsText = news(names)
  return {
    listen: () => once(`listen ${local('wake')}`),
    news: (since, most) => once(newsText, since ?? null, most + 1),
    register: (node, life, message) => once(`select ${full('register')}($1, $2, $3, $4)`, node, life, message, patience),
    call: (message) => once(`select o_serves, o_age, o_node, o_left from ${full('call')}($1)`, message),
    send: (message) => once(`select ${full('send')}($1)`, message),
    wake: () => once(`select ${full('wake')}()`),
    leave: (node) => once(`select ${full('leave')}($1)`, node),
    trim: (most) => once(`select ${full('trim')}($1)`, most),
  }
}
