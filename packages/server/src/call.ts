import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Clock, Logger, SessionManager, Sessions } from 'sojourn'
import type { Proxies, SessionCookie } from 'sojourn/http'
import type { Presented } from './credentials.js'
import type { StorageDescription } from './describe-storage.js'
import type { CallSettings } from './settings.js'

/** Who may make a call: nobody needs to be known, or an application, a signed-in user, an operator. */
export type Who = 'anyone' | 'service' | 'user' | 'admin'

/** What the calls of applications work with: all sessions, or those of one tenant. */
export interface SessionAccess {
  readonly sessions: Sessions & Pick<SessionManager, 'deviceBound' | 'introspectToken'>
}

/** What the calls work with. */
export interface Service {
  readonly sessions: SessionManager
  readonly settings: CallSettings
  readonly cookie: SessionCookie
  /** The proxies in front of the service. */
  readonly proxies: Proxies
  /** Where sessions are kept, as far as it concerns everybody. */
  readonly store?: StorageDescription
  readonly logger: Logger
  readonly clock: Clock
  /** Metrics of the service itself, as Prometheus text. */
  readonly requestMetrics: () => string
  /** Whether the service is closing. */
  readonly draining: () => boolean
}

/** One answer, for the document. Without a schema it has no body, or one that is not JSON. */
export interface Answer {
  readonly description: string
  readonly schema?: z.ZodType
  readonly mediaType?: string
}

/** What a request brought, checked. */
export interface Input<Params = unknown, Query = unknown, Payload = unknown> {
  readonly c: Context
  readonly params: Params
  readonly query: Query
  readonly body: Payload
  /** The user's token, for calls of users. */
  readonly presented?: Presented
}

/** One call of the API: what it takes, what it answers and what it does. The document and the routes are made from the same record. */
export interface Call {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** With parameters in braces, as OpenAPI has it. */
  readonly path: `/${string}`
  readonly who: Who
  readonly summary: string
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  /** The service key may also come as the password of HTTP Basic, as clients of OAuth send it (RFC 6749 2.3.1). */
  readonly basic?: boolean
  /** The body is a form, as OAuth wants it. */
  readonly form?: boolean
  readonly answers: Readonly<Record<number, Answer>>
  run(input: Input): Promise<Response> | Response
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

type Typed<Params, Query, Body> = Omit<Call, 'params' | 'query' | 'body' | 'run'> & {
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
}

/** Makes a call whose `run` is typed by its schemas. */
export function defineCall<
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(
  call: Typed<Params, Query, Body> & {
    readonly run: (input: Input<Parsed<Params>, Parsed<Query>, Parsed<Body>>) => Promise<Response> | Response
  },
): Call {
  return call as Call
}

/** The same for a call of a user, who has presented a token. */
export function defineUserCall<Body extends z.ZodType | undefined = undefined, Params extends z.ZodType | undefined = undefined>(
  call: Omit<Typed<Params, undefined, Body>, 'who' | 'query'> & {
    readonly run: (
      input: Input<Parsed<Params>, undefined, Parsed<Body>> & { readonly presented: Presented },
    ) => Promise<Response> | Response
  },
): Call {
  const { run, body, params, ...rest } = call
  return {
    ...rest,
    ...(body === undefined ? {} : { body }),
    ...(params === undefined ? {} : { params }),
    who: 'user',
    async run(input): Promise<Response> {
      const { presented } = input
      if (presented === undefined) throw new Error(`${call.path} was mounted without asking who calls`)
      return await run({ ...(input as Input<Parsed<Params>, undefined, Parsed<Body>>), presented })
    },
  }
}
