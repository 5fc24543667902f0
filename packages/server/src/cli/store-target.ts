import type { SessionManager } from 'sojourn'
import { recordOf, type SessionRecord } from './session-record.js'
import type { Target } from './target.js'

/** The embedded store, opened by this process. */
export function storeTarget(sessions: SessionManager, name: string): Target {
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
    close: () => sessions.close(),
  }
}
