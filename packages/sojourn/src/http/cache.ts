import type { Head } from './incoming.js'

/** What an answer has to do with a session. */
export interface CacheFacts {
  /** It sets or clears the session cookie. */
  readonly setsCookie: boolean
  /** Whoever made it asked who is logged in, also if nobody was. */
  readonly readSession: boolean
  /** Request headers that decide who asks. */
  readonly vary: readonly string[]
}

/** Directives that let a cache which serves several people keep an answer (RFC 9111 5.2.2). */
const SHARED = /^(?:public|s-maxage(?:=.*)?|proxy-revalidate)$/i

function addVary(head: Head, names: readonly string[]): void {
  const there = head.get('Vary') ?? ''
  if (there === '') {
    head.set('Vary', names.join(', '))
    return
  }
  const known = there.split(',').map((name) => name.trim().toLowerCase())
  if (known.includes('*')) return
  const missing = names.filter((name) => !known.includes(name.toLowerCase()))
  if (missing.length > 0) head.set('Vary', [there, ...missing].join(', '))
}

/** The directives with everything that is for shared caches taken out, and `private` in. */
function privately(directives: string): string {
  const kept = directives
    .split(',')
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '' && !SHARED.test(directive))
  return kept.some((directive) => /^(?:private|no-store)$/i.test(directive)) ? kept.join(', ') : ['private', ...kept].join(', ')
}

/**
 * Keeps caches from giving one person's page or cookie to another (CVE-2023-30861, CVE-2025-48947, CVE-2025-64762). What the
 * application said is kept as far as that allows; where it said nothing, a page that knows its reader is asked for again each time.
 */
export function writeCacheHeaders(head: Head, { setsCookie, readSession, vary }: CacheFacts): void {
  if (!setsCookie && !readSession) return
  addVary(head, vary)
  if (setsCookie) {
    head.set('Cache-Control', 'no-store')
    // The older header of HTTP/1.0 caches would contradict it.
    head.remove('Expires')
    return
  }
  const said = head.get('Cache-Control')
  head.set('Cache-Control', said === undefined ? 'private, no-cache' : privately(said))
}
