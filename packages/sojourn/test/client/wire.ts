import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CancelTimer, Clock, Millis } from '../../src/clock.js'

export const SERVICE_KEY = 'svc_key_that_must_never_be_seen'
export const TOKEN: string = `ab${'T'.repeat(80)}`
export const NEXT_TOKEN: string = `ab${'N'.repeat(80)}`
export const ID: string = `sid_ab${'i'.repeat(22)}`

/** One request as it arrived. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: unknown
}

/** What the wire answers: status, headers, body; or something odder, done by hand. */
export type Reply =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly json?: unknown; readonly text?: string }
  | ((response: ServerResponse) => void)

export interface Wire {
  readonly url: string
  readonly received: Received[]
  close(): Promise<void>
}

/** A real server on a loopback port that answers by script; the last reply is repeated. */
export async function openWire(...script: readonly Reply[]): Promise<Wire> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString('utf8')
      const json: unknown = text === '' ? undefined : JSON.parse(text)
      received.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, text, json })
      const reply = script[Math.min(received.length, script.length) - 1]
      if (typeof reply === 'function') return reply(response)
      const body = reply?.text ?? (reply?.json === undefined ? undefined : JSON.stringify(reply.json))
      response.writeHead(reply?.status ?? 500, {
        ...(reply?.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...reply?.headers,
      })
      response.end(body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A problem document with its status. */
export function problem(
  code: string,
  status: number,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const type = `https://sojourn.dev/problems/${code.toLowerCase().replaceAll('_', '-')}`
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    text: JSON.stringify({ type, title: code, status, detail: `The service says ${code}.`, code, ...more }),
  }
}

/** A session as it stands on the wire. */
export function wireSession(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: ID,
    userId: 'alice',
    createdAt: '2026-11-01T10:00:00.000Z',
    expiresAt: '2026-11-01T18:00:00.000Z',
    idleExpiresAt: '2026-11-01T10:30:00.000Z',
    absoluteExpiresAt: '2026-11-08T10:00:00.000Z',
    lastActivity: '2026-11-01T10:00:00.000Z',
    authTime: '2026-11-01T10:00:00.000Z',
    context: { ipAddress: '192.0.2.1', userAgent: 'test', location: { country: 'DE', latitude: 52.5 } },
    permissions: ['read'],
    roles: ['user'],
    rememberMe: false,
    renewals: 0,
    tenant: null,
    data: { cart: [1, { two: 2 }] },
    status: 'active',
    ...more,
  }
}

export interface ImpatientClock extends Clock {
  /** The pauses that were waited, in order. */
  readonly pauses: Millis[]
}

/**
 * A clock under which a pause takes no time: what is asked for is written down and passes at once. Timers of `longest` or
 * more are deadlines and pass never, so that a real exchange over loopback is never late.
 */
export function impatientClock(longest: Millis): ImpatientClock {
  const pauses: Millis[] = []
  let now = Date.UTC(2026, 10, 1, 10)
  return {
    pauses,
    now: () => now,
    monotonic: () => now,
    after(delay: Millis, task: () => void): CancelTimer {
      if (delay >= longest) return () => undefined
      pauses.push(delay)
      now += delay
      queueMicrotask(task)
      return () => undefined
    },
  }
}

/** Everything that somebody can see of an error: its text, its fields, its stack, and the same of its causes. */
export function visible(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  const fields = Object.getOwnPropertyNames(error).map((name) => String(Reflect.get(error, name)))
  return [JSON.stringify(error), String(error), error.stack ?? '', ...fields, error.cause === undefined ? '' : visible(error.cause)].join(
    '\n',
  )
}
