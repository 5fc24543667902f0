import type { Context } from 'hono'
import type { DpopRequest, ProofOptions } from 'sojourn'
import { cookieValue } from 'sojourn/http'
import type { Service } from './call.js'
import type { Presented } from './credentials.js'

/** What the client showed beside its token: the proof by its key, the cookie of its bound browser. */
export function proofsOf({ sessions, settings }: Service, c: Context, presented: Presented): ProofOptions {
  const name = sessions.deviceBound?.cookieName
  // A sibling host can plant a second cookie of the same name, but not make one that is good: then neither counts.
  const found = name === undefined ? 'none' : cookieValue(c.req.header('cookie'), name)
  return {
    ...(typeof found === 'string' ? {} : { boundCookie: found.value }),
    ...(presented.transport === 'dpop' ? { dpop: dpopRequest(c, settings.publicUrl) } : {}),
  }
}

/** The address is the one that is configured, never the one in `Host` (DPP-7). */
function dpopRequest(c: Context, publicUrl: string | undefined): DpopRequest {
  const { pathname } = new URL(c.req.url)
  return { method: c.req.method, url: publicUrl === undefined ? pathname : new URL(pathname, publicUrl).href, proof: c.req.header('dpop') }
}

/** Gives the client the nonce for its next proof (RFC 9449 8.2). */
export function tellNonce({ sessions }: Service, c: Context, presented: Presented): void {
  if (presented.transport === 'dpop' && sessions.dpopNonce !== undefined) c.header('DPoP-Nonce', sessions.dpopNonce())
}
