import { lastUse } from '../policy/lifetime.js'
import { persist } from './ask.js'
import type { Engine } from './engine.js'
import { mutate } from './mutate.js'
import type { LiveRecord } from './record.js'

/**
 * Keeps a session from being used until its user has authenticated again, and takes away what was given for a while. The
 * first signal stays: it is the one that somebody will ask about.
 */
export async function challenge(engine: Engine, rowId: string, signal: string): Promise<void> {
  await persist(engine, 'challenge', () =>
    mutate(engine, rowId, (record, row) => {
      if (record.kind !== 'session' || record.challenged !== undefined) return { answer: undefined }
      const { elevation: _elevation, ...rest } = record
      const next: LiveRecord = { ...rest, challenged: { at: engine.clock.now(), signal } }
      return { answer: undefined, write: { record: next, expiresAt: lastUse(engine.settings, next), owner: row.owner } }
    }),
  )
  engine.sightings.forget(rowId)
}
