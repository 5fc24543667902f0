import { readReason } from '../input/identifier.js'
import { readObject, refuse, refuseUnknown } from '../input/refuse.js'
import type { Ended } from '../sessions.js'
import { endEverywhere } from './end-row.js'
import type { Engine } from './engine.js'
import { publicRowId } from './locate.js'
import { readTicket } from './read-ticket.js'
import { endElsewhere } from './reconcile.js'
import { publicId } from './row.js'

/** The reason in the options of an ending call. */
export function reasonIn(options: unknown, known: readonly string[], fallback: string): string {
  if (options === undefined) return fallback
  const given = readObject('options', options)
  refuseUnknown('options', given, known)
  return given['reason'] === undefined ? fallback : readReason('options.reason', given['reason'])
}

async function rowOf(engine: Engine, tokenOrId: unknown): Promise<string | undefined> {
  const named = publicRowId(tokenOrId)
  if (named !== undefined) return named
  // A token can end its own session even if its key was killed a moment ago, so no answer of the store is waited for.
  const read = engine.tickets.decode(tokenOrId)
  const ticket = read === 'foreign' ? await readTicket(engine, tokenOrId) : read
  return typeof ticket === 'string' ? undefined : ticket.rowId
}

/**
 * Ends a session for good. Every token that was ever issued for it will do, so that a tab with an old one can log out too;
 * one that was not issued here ends nothing and is no error. Throws `STORE_UNAVAILABLE` if the end could not be stored; with
 * local sessions and a journal it answers `local` instead once the journal has it.
 */
export async function terminate(engine: Engine, tokenOrId: unknown, options?: unknown): Promise<Ended> {
  if (typeof tokenOrId !== 'string') refuse('token', tokenOrId, 'it must be a session token or a session id.')
  const reason = reasonIn(options, ['reason'], 'logout')
  const rowId = await rowOf(engine, tokenOrId)
  if (rowId === undefined)
    engine.logger.warn({}, 'a session was to be ended by something that is no token of ours; there is nothing to end')
  if (rowId === undefined) return { level: 'everywhere' }
  const { ended, level } = await endEverywhere(engine, rowId, reason, engine.provisional !== undefined)
  // Its own node does not know it yet.
  if (ended === undefined && level !== 'local' && (await endElsewhere(engine, rowId, reason))) return { level: 'stored' }
  if (ended === undefined && level !== 'local')
    engine.logger.warn({ sessionId: publicId(rowId) }, 'a session was to be ended that is not there or has ended already')
  return { level }
}
