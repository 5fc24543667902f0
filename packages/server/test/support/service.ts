import { createSessionManager, type IssuedSession, type Logger, type SessionManager, type SessionManagerOptions } from 'sojourn'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { type CallSettings, createService, DEFAULT_COOKIE, type ServiceApp, type StorageDescription } from '../../src/index.js'

export const SERVICE_KEY = 'service-key-of-the-tests-0123456789abcdef'
export const ADMIN_KEY = 'admin-key-of-the-tests-0123456789abcdefgh'

export const SETTINGS: CallSettings = {
  cookie: DEFAULT_COOKIE,
  allowedOrigins: [],
  serviceKey: SERVICE_KEY,
  adminKey: ADMIN_KEY,
  metrics: true,
  latencies: true,
}

export interface Line {
  readonly level: string
  readonly details: Readonly<Record<string, unknown>>
  readonly message: string
}

export function capturingLogger(lines: Line[]): Logger {
  const at =
    (level: string) =>
    (details: Readonly<Record<string, unknown>>, message: string): void =>
      void lines.push({ level, details, message })
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

export interface Sent {
  readonly key?: string
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly body?: string | Uint8Array | ReadableStream
}

export interface TestService {
  readonly app: ServiceApp
  readonly sessions: SessionManager
  readonly clock: FakeClock
  readonly lines: Line[]
  send(method: string, path: string, sent?: Sent): Promise<Response>
  create(userId?: string, options?: Readonly<Record<string, unknown>>): Promise<IssuedSession>
}

/** The real service over the real engine in memory, with a clock that stands. */
export async function testService(
  settings: Partial<CallSettings> = {},
  options: SessionManagerOptions = {},
  draining = (): boolean => false,
  store?: StorageDescription,
): Promise<TestService> {
  const clock = fakeClock()
  const lines: Line[] = []
  const logger = capturingLogger(lines)
  const sessions = await createSessionManager({ clock, logger, ...options })
  const told = store === undefined ? {} : { store }
  const app = createService({ sessions, settings: { ...SETTINGS, ...settings }, ...told, clock, logger, draining })
  const send = async (method: string, path: string, { key, cookie, headers, json, body }: Sent = {}): Promise<Response> =>
    await app.request(`http://127.0.0.1:7700${path}`, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(cookie === undefined ? {} : { cookie }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    })
  const create = async (userId = 'alice', createOptions = {}): Promise<IssuedSession> => {
    const answer = await send('POST', '/api/v1/sessions', { key: SERVICE_KEY, json: { userId, options: createOptions } })
    if (answer.status !== 201) throw new Error(`creation was answered ${answer.status}: ${await answer.text()}`)
    return await bodyOf<IssuedSession>(answer)
  }
  return { app, sessions, clock, lines, send, create }
}

export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly path?: string
  readonly errors?: ReadonlyArray<{ readonly path: string; readonly message: string }>
}

/** The JSON of an answer, taken for what the test expects of it. */
export async function bodyOf<T = Readonly<Record<string, unknown>>>(answer: Response): Promise<T> {
  return JSON.parse(await answer.text())
}

/** The problem document of an answer, after checking that it is one. */
export async function problemOf(answer: Response): Promise<ProblemBody> {
  const body: ProblemBody = JSON.parse(await answer.text())
  if (answer.headers.get('content-type') !== 'application/problem+json' || body.status !== answer.status || typeof body.code !== 'string') {
    throw new Error(`no problem document: ${answer.status} ${JSON.stringify(body)}`)
  }
  return body
}
