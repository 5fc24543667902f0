import type { Session } from '../../session.js'
import type { Sessions } from '../../sessions.js'
import { answerOf } from '../answer.js'
import type { RequireOptions } from '../guards.js'
import type { IncomingRequest } from '../incoming.js'
import type { SojournOptions } from '../options.js'
import { type Begun, type SojournRequest, sojournRequest } from '../session.js'
import { type NextCookie, type NextCookies, nextHead } from './next-cookies.js'
import { webHead, webIncoming, webProblem } from './web.js'

export type { NextCookie, NextCookies, SojournOptions, SojournRequest }

export interface NextSojournOptions extends Omit<SojournOptions, 'sessions'> {
  /**
   * What `createSessionManager` or `createSessionClient` returned, or a function that gives it. Next.js loads an application's
   * modules when it builds, and more than once when it serves; the function is called when the first request comes.
   */
  readonly sessions: Sessions | (() => Sessions | Promise<Sessions>)
}

/** What `headers()` of `next/headers` resolves to. */
interface ReadonlyHeaders {
  get(name: string): string | null
}
type Answering<Incoming extends Request, Context> = (
  request: Incoming,
  sojourn: SojournRequest,
  context: Context,
) => Response | Promise<Response>
/** `NextResponse.next`. */
type GoOn = (init: { readonly request: { readonly headers: Headers } }) => Response

/** Sessions for the App Router of Next.js. */
export interface NextSojourn {
  /**
   * For server components, which can read but set no cookie: `await app.session(await headers())`. Asks the store itself, so
   * it holds also where `proxy.ts` was passed by (CVE-2025-29927). Throws `STORE_UNAVAILABLE` and the like.
   */
  session(headers: ReadonlyHeaders): Promise<Session | undefined>
  /** The same, with what the session must have. Throws a refusal with status 401 or 403. */
  requireSession(headers: ReadonlyHeaders, options?: RequireOptions): Promise<Session>
  /**
   * For server actions: `await app.action(await headers(), await cookies(), async (sojourn) => …)`. What `work` does to the session
   * is in the cookies also if it throws, as `redirect` does. No header but the cookies can be set there: bind devices in a route.
   */
  action<Answer>(
    headers: ReadonlyHeaders,
    cookies: NextCookies,
    work: (sojourn: SojournRequest) => Answer | Promise<Answer>,
  ): Promise<Answer>
  /** Makes a route handler: `export const POST = app.route(async (request, sojourn) => …)`. */
  route<Incoming extends Request, Context>(
    handler: Answering<Incoming, Context>,
    options?: RequireOptions,
  ): (request: Incoming, context: Context) => Promise<Response>
  /** Makes `proxy.ts` (`middleware.ts` before Next 16), which renews tokens for pages: `export const proxy = app.proxy(NextResponse.next)`. It guards nothing. */
  proxy(goOn: GoOn): (request: Request) => Promise<Response>
}

/** Sends what the core refused, or what `answer` makes, with cookie and cache headers. Answers of `fetch` are copied, since they cannot be changed. */
async function answered(begun: Begun, answer: () => Response | Promise<Response>): Promise<Response> {
  const made = begun.refused === undefined ? await answer() : webProblem(begun.refused)
  const response = new Response(made.body, made)
  begun.writeHead(webHead(response.headers))
  return response
}

/** The `Cookie` header with the session cookie as it is now, for the pages that this very request goes on to. */
function refreshed(headers: Headers, line: string | undefined): Headers {
  const copy = new Headers(headers)
  if (line === undefined) return copy
  const [pair = ''] = line.split(';')
  const name = pair.slice(0, pair.indexOf('=') + 1)
  const others = (copy.get('cookie') ?? '').split(/;\s*/).filter((one) => one !== '' && !one.startsWith(name))
  copy.set('cookie', [...others, ...(pair === name ? [] : [pair])].join('; '))
  return copy
}

type Begin = ReturnType<typeof sojournRequest>

/** The core, made when the first request comes. Where the sessions could not be opened, the next request tries again. */
function whenAsked(options: NextSojournOptions): () => Begin | Promise<Begin> {
  const { sessions } = options
  if (typeof sessions !== 'function') {
    const begin = sojournRequest({ ...options, sessions })
    return () => begin
  }
  let made: Promise<Begin> | undefined
  const make = async (): Promise<Begin> => sojournRequest({ ...options, sessions: await sessions() })
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}

/** Sessions for the App Router of Next.js 15 and later. */
export function sojourn(options: NextSojournOptions): NextSojourn {
  const core = whenAsked(options)
  const begin: Begin = async (incoming) => await (await core())(incoming)

  async function read(headers: ReadonlyHeaders): Promise<SojournRequest> {
    const begun = await begin({ ...incomingOf(headers), method: 'GET', isHeadOpen: () => false, isReadOnly: true })
    if (begun.error !== undefined) throw begun.error
    return begun.request
  }

  return Object.freeze<NextSojourn>({
    session: async (headers) => (await read(headers)).session,
    requireSession: async (headers, wanted) => (await read(headers)).requireSession(wanted),
    action: async (headers, cookies, work) => {
      const begun = await begin({ ...incomingOf(headers), method: 'POST', isHeadOpen: () => true })
      try {
        if (begun.error !== undefined) throw begun.error
        return await work(begun.request)
      } finally {
        begun.writeHead(nextHead(cookies))
      }
    },
    route: (handler, wanted) => async (request, context) => {
      const begun = await begin(webIncoming(request, undefined, () => formOf(request)))
      return await answered(begun, async () => {
        try {
          if (wanted !== undefined) begun.request.requireSession(wanted)
          return await handler(request, begun.request, context)
        } catch (error) {
          const answer = answerOf(error)
          if (answer === undefined) throw error
          return webProblem(answer)
        }
      })
    },
    proxy: (goOn) => async (request) => {
      const begun = await begin(webIncoming(request, undefined, () => undefined))
      return await answered(begun, () => goOn({ request: { headers: refreshed(request.headers, cookieLineOf(begun)) } }))
    },
  })
}

async function formOf(request: Request): Promise<unknown> {
  return Object.fromEntries(await request.clone().formData())
}

/** What is known of a request where Next.js hands out its headers only. It says there itself whether the request was encrypted. */
const incomingOf = (headers: ReadonlyHeaders): Pick<IncomingRequest, 'url' | 'header' | 'isEncrypted'> => ({
  url: '/',
  header: (name) => headers.get(name) ?? undefined,
  isEncrypted: headers.get('x-forwarded-proto')?.startsWith('https') === true,
})

/** The line with which the answer will set the session cookie. */
function cookieLineOf(begun: Begun): string | undefined {
  const head = new Headers()
  begun.writeHead(webHead(head))
  return head.getSetCookie()[0]
}
