import type { Millis } from '../clock.js'
import type { SessionContext } from '../session.js'
import type { Use } from './activity.js'
import type { Engine } from './engine.js'
import { keptAddress, keptAgent } from './kept.js'
import type { LiveRecord } from './record.js'

/** What is noted of a request that was accepted: as much of its context as may be kept, and what was found out about it. */
export function noteOf(engine: Engine, rowId: string, record: LiveRecord, caller: SessionContext, at: Millis): Use {
  const ipAddress = keptAddress(engine.settings, caller.ipAddress)
  const userAgent = keptAgent(engine.settings, caller.userAgent)
  const seen = engine.sightings.same(rowId, record, caller)?.seen
  return {
    at,
    ...(ipAddress === undefined ? {} : { ipAddress }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(seen === undefined || (seen.fingerprint === undefined && seen.place === undefined) ? {} : { seen }),
  }
}
