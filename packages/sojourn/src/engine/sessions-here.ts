import { SessionError } from '../errors.js'
import { expiry } from '../policy/expiry.js'
import type { Engine } from './engine.js'
import type { LiveRecord } from './record.js'
import { openRow } from './row.js'
import { isOutOfScope } from './scope.js'

/** The sessions of one owner that only this node knows and that could be used now, oldest first. */
export async function sessionsHere(
  engine: Engine,
  owner: string,
): Promise<ReadonlyArray<{ readonly id: string; readonly record: LiveRecord }>> {
  const rows = (await engine.provisional?.of(owner)) ?? []
  const now = engine.clock.now()
  const found: { readonly id: string; readonly record: LiveRecord }[] = []
  for (const row of rows) {
    const record = await openRow(engine, row)
    if (typeof record === 'string' || record.kind !== 'session') continue
    if (!isOutOfScope(engine, record) && expiry(engine.settings, record, now) === undefined) found.push({ id: row.id, record })
  }
  return found
}

/** Whether nobody can tell at present, and not that something was refused. */
export function isUnavailable(error: unknown): error is SessionError {
  return error instanceof SessionError && error.code === 'STORE_UNAVAILABLE'
}

/** What a session that only this node knows must wait for. */
export function notYetStored(): SessionError {
  return new SessionError(
    'STORE_UNAVAILABLE',
    'This session was made while the session store was away, and can do no more than be used until the store is back. Try again later.',
    { retryAfter: 5 },
  )
}

/** For a session that some other node made while the store was away from it. */
export function knownElsewhere(): SessionError {
  return new SessionError(
    'STORE_UNAVAILABLE',
    'This session was made on another node while the session store was away, and only that node knows it until the store is back. Keep the token and try again.',
    { retryAfter: 5 },
  )
}
