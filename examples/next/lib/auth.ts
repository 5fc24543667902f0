import { headers } from 'next/headers'
import { cache } from 'react'
import { createSessionManager, type Sessions } from 'sojourn'
import { createSessionClient } from 'sojourn/client'
import { sojourn } from 'sojourn/next'

const { SOJOURN_URL, SOJOURN_SERVICE_KEY = '', SESSION_FILE = '.sojourn/sessions.db' } = process.env
/** A token is renewed when less than this is left of its 8 hours, but not again within the grace of the last time. */
const { RENEWAL_THRESHOLD = '1h', RENEWAL_GRACE = '30s' } = process.env

/** In this process, in a file; or, with SOJOURN_URL, in the session service, which other applications can share. */
function open(): Promise<Sessions> | Sessions {
  if (SOJOURN_URL !== undefined) return createSessionClient({ url: SOJOURN_URL, serviceKey: SOJOURN_SERVICE_KEY })
  return createSessionManager({
    storage: { type: 'sqlite', path: SESSION_FILE },
    sessionLifetime: '8h',
    renewal: { threshold: RENEWAL_THRESHOLD, gracePeriod: RENEWAL_GRACE, maxRenewals: 100 },
    maxConcurrentSessions: 5,
  })
}

/** Next.js may load this module more than once in one process; the sessions are opened once, and not while it builds. */
const shared = globalThis as { sojournSessions?: Promise<Sessions> }
export const sessions = (): Promise<Sessions> => {
  shared.sojournSessions ??= Promise.resolve(open())
  return shared.sojournSessions
}

export const auth = sojourn({ sessions, clearSiteData: ['cache'] })

/** Who is logged in, for server components. However many ask in one request, the store is asked once. */
export const currentSession = cache(async () => await auth.session(await headers()))
