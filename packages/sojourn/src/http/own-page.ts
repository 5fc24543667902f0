import { SessionError } from '../errors.js'
import { isExempt, type Page, pageOf } from './csrf.js'
import { originAsked } from './forwarded.js'
import { callerOfVisit, type Visit } from './visit.js'

/** The field of a form that holds the token. */
const FIELD = '_csrf'
const FORM = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i

/** Which page sent this request, as the browser says. */
export function pageOfVisit(visit: Visit): Page {
  const { http, incoming } = visit
  return pageOf(
    { secFetchSite: incoming.header('sec-fetch-site'), origin: incoming.header('origin'), referer: incoming.header('referer') },
    { own: () => http.publicOrigin ?? originAsked(callerOfVisit(visit)), allowed: http.csrf.allowedOrigins },
  )
}

/** Refuses as a request of another site, or lets it through and reports it, as is configured. */
export function refuseForeign(visit: Visit, reason: string): void {
  const { http } = visit
  const refused = http.csrf.enforced
  http.logger.warn(
    { method: visit.incoming.method, refused },
    `a request that changes something was not sent by a page of this site: ${reason}`,
  )
  http.onSuspicion({ kind: 'csrf', refused })
  if (refused) throw new SessionError('CSRF_REJECTED', reason)
  visit.isOwnPage = true
}

const SILENT =
  'The request does not tell which page it comes from. Send the token of the page as X-CSRF-Token or in the field _csrf; a program sends its session token as Authorization: Bearer, and no cookie.'

async function formToken({ incoming }: Visit): Promise<unknown> {
  if (incoming.form === undefined || !FORM.test(incoming.header('content-type') ?? '')) return undefined
  let fields: unknown
  try {
    fields = await incoming.form()
  } catch {
    // A body that is no form, whatever it is called, holds no token.
    return undefined
  }
  return typeof fields === 'object' && fields !== null ? (fields as Readonly<Record<string, unknown>>)[FIELD] : undefined
}

/** Demands the token that a page of this very session was given. Throws `CSRF_REJECTED`. */
export async function demandPageToken(visit: Visit): Promise<void> {
  const { http, incoming } = visit
  const session = visit.session ?? visit.partial
  // Never from the cookie, which the browser sends along by itself (CVE-2023-45128).
  const sent = incoming.header('x-csrf-token') ?? (await formToken(visit))
  if (session !== undefined && http.csrf.tokens.check(session, sent)) visit.isOwnPage = true
  else refuseForeign(visit, SILENT)
}

/**
 * Demands that a login or a logout was sent by a page of ours: else another site could log somebody in as somebody else, or
 * out. Throws `CSRF_REJECTED`. A request that says nothing of its page and brings no cookie is a program: for years every
 * browser has sent at least `Origin` with what another site's page makes it post.
 */
export async function demandOwnPage(visit: Visit): Promise<void> {
  const { http, incoming } = visit
  if (visit.isOwnPage || isExempt(http.csrf.exempt, incoming.url)) return
  const page = pageOfVisit(visit)
  if (page.from === 'foreign') refuseForeign(visit, page.reason)
  else if (page.from === 'silent' && visit.presented?.transport === 'cookie') await demandPageToken(visit)
}
