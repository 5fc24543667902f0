import type { Context } from 'hono'
import { originAsked, pageOf } from 'sojourn/http'
import type { Service } from './call.js'
import { callerOfCall } from './caller-context.js'
import { Problem } from './problem.js'

const SILENT =
  'The request does not tell which page it comes from. A program should send its token as Authorization: Bearer, and no cookie.'

/** Refuses a state-changing request that a browser authenticated by itself, with its cookie, and that no page of ours sent. */
export function refuseCrossSite(service: Service, c: Context): void {
  const { publicUrl, allowedOrigins } = service.settings
  const page = pageOf(
    { secFetchSite: c.req.header('sec-fetch-site'), origin: c.req.header('origin'), referer: c.req.header('referer') },
    { own: () => publicUrl ?? originAsked(callerOfCall(service, c)), allowed: allowedOrigins },
  )
  if (page.from === 'own') return
  throw new Problem(403, 'CSRF_REJECTED', page.from === 'silent' ? SILENT : page.reason, { isSuspicious: true })
}
