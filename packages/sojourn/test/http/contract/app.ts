import { nextTurn } from '../../../src/clock.js'
import type { RequireOptions } from '../../../src/http/guards.js'
import type { SojournRequest } from '../../../src/http/session.js'
import type { SessionKind } from '../../../src/session.js'

export interface AppReply {
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

export interface Asking {
  readonly request: SojournRequest
  readonly query: URLSearchParams
  /** Counts that the application was reached. */
  hit(): void
}

export type Route = (asking: Asking) => AppReply | Promise<AppReply>

/** The application that every adapter serves. Each route is a use that people make of the library. */
export const ROUTES: Readonly<Record<string, Route>> = {
  'GET /public': () => ({ body: 'for everybody' }),
  'GET /cached': () => ({ headers: { 'Cache-Control': 'public, max-age=60' }, body: 'for everybody' }),
  'GET /me': ({ request }) => ({ body: { user: request.session?.userId ?? null } }),
  'GET /me-slowly': async ({ request }) => {
    await nextTurn()
    const before = request.session?.userId ?? null
    await nextTurn()
    return { body: { user: before, still: request.session?.userId ?? null } }
  },
  'GET /is-anybody': ({ request }) => ({
    headers: { 'Cache-Control': 'public, max-age=60', Vary: 'Accept' },
    body: { is: request.session !== undefined },
  }),
  'GET /own-cookies': ({ request }) => ({
    headers: { 'Set-Cookie': 'theme=dark; Path=/' },
    body: { user: request.session?.userId ?? null },
  }),
  'POST /login': async ({ request, query, hit }) => {
    hit()
    const session = await request.login(query.get('user') ?? 'alice', {
      ...(query.has('remember') ? { rememberMe: true } : {}),
      ...(query.has('kind') ? { kind: query.get('kind') as SessionKind } : {}),
      ...(query.has('carry') ? { carryOver: (query.get('carry') ?? '').split(',') } : {}),
      ...(query.has('acr') ? { acr: query.get('acr') ?? '' } : {}),
      ...(query.has('permissions') ? { permissions: (query.get('permissions') ?? '').split(',') } : {}),
    })
    return { body: session }
  },
  'POST /visit': async ({ request }) => ({ body: await request.login(null, { kind: 'anonymous', data: { cart: ['tea'], seen: 1 } }) }),
  'POST /reauthenticate': async ({ request }) => ({ body: await request.reauthenticate({ acr: 'gold', amr: ['pwd', 'otp'] }) }),
  'GET /partial': ({ request }) => ({
    body: { whole: request.session?.userId ?? null, kind: request.partial?.kind ?? null, data: (request.session ?? request.partial)?.data },
  }),
  'POST /auth/renew': async ({ request }) => ({ body: await request.renew() }),
  'POST /auth/logout': async ({ request }) => ({ body: await request.logout() }),
  'POST /bound-token': async ({ request, query }) => ({
    body: await request.login('alice', { transport: 'bearer', dpop: { jkt: query.get('jkt') ?? '' } }),
  }),
  'GET /login': async ({ request }) => ({ body: await request.login('alice') }),
  'GET /callback': async ({ request }) => ({ body: await request.login('alice') }),
  'POST /token': async ({ request, query }) => ({ body: await request.login(query.get('user') ?? 'alice', { transport: 'bearer' }) }),
  'POST /logout': async ({ request }) => ({ body: { level: (await request.logout()).level, user: request.session?.userId ?? null } }),
  'GET /logout': async ({ request }) => ({ body: await request.logout() }),
  'POST /renew': async ({ request }) => ({ body: await request.renew() }),
  'GET /csrf': ({ request }) => ({ body: { token: request.csrfToken() } }),
  'POST /change': ({ request, hit }) => {
    hit()
    return { body: { changedBy: request.session?.userId ?? null } }
  },
  'PUT /change': ({ hit }) => {
    hit()
    return { body: 'changed' }
  },
  'GET /thrown': ({ request }) => ({ body: request.requireRecentAuth().userId }),
  'GET /failing': ({ request }) => {
    throw new Error(`planted failure for ${String(request.session?.id)}`)
  },
}

/** Paths behind the adapter's `requireSession`. */
export const GUARDED: Readonly<Record<string, RequireOptions | undefined>> = {
  '/required': undefined,
  '/permitted': { permissions: ['reports.read', 'reports.write'] },
  '/second-factor': { allow: ['pending'] },
  '/role': { roles: ['editor'] },
  '/recent': { recentAuth: { maxAge: '5m', acr: ['gold', 'silver'], amr: [] } },
}

/** Path and query of an address. */
export function split(url: string): { readonly path: string; readonly query: URLSearchParams } {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  return { path: pathname, query: searchParams }
}

/** Text stays text, everything else is JSON. */
export const bodyText = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body))
