import type { Clock, KeyInfo, SessionManager } from 'sojourn'
import { untilActive } from '../resealing.js'
import { ONE_KEY } from '../routes/keys.js'
import type { StorageSettings } from '../storage-settings.js'
import { CommandError, EXIT } from './exit.js'
import { recordOf, type SessionRecord } from './session-record.js'
import type { KeyRecord, Target } from './target.js'

interface OpenStore {
  readonly sessions: SessionManager
  readonly type: StorageSettings['type']
  /** For sentences. */
  readonly name: string
  readonly clock: Clock
}

/** The store itself, opened by this process. */
export function storeTarget({ sessions, type, name, clock }: OpenStore): Target {
  const rotate = async (): Promise<void> => {
    if (type === 'memcached') throw new CommandError(EXIT.failed, ONE_KEY)
    await sessions.rotateKeys()
  }
  return {
    name,
    async search(query) {
      const { sessions: found, next } = await sessions.searchSessions(query)
      return { sessions: found.map(recordOf), ...(next === undefined ? {} : { next }) }
    },
    async find(ids) {
      const found: SessionRecord[] = []
      for (const id of new Set(ids)) {
        const session = await sessions.getSession(id)
        if (session !== undefined) found.push(recordOf(session))
      }
      return found
    },
    end: (id, reason) => sessions.terminateSession(id, { reason }),
    endAll: (userId, reason) => sessions.terminateAllUserSessions(userId, { reason }),
    endMany: (what, reason, onProgress) => sessions.endSessions(what, { reason }, onProgress),
    keys: async () => sessions.listKeys().map(keyRecord),
    async rotateKeys() {
      await rotate()
      return sessions.listKeys().map(keyRecord)
    },
    async rotateAndReseal(onProgress) {
      await rotate()
      await untilActive(sessions, clock, 'hold')
      const resealed = await sessions.resealRecords(onProgress)
      return { keys: sessions.listKeys().map(keyRecord), resealed }
    },
    killKey: (kid) => sessions.killKey(kid),
    close: () => sessions.close(),
  }
}

function keyRecord({ id, use, state, since }: KeyInfo): KeyRecord {
  return { id, use, state, since: new Date(since).toISOString() }
}
