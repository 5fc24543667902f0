import { type Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import originalSession from 'express-session'
import dropIn, { type Session, type SessionFunction, type SessionRequest, type Store, type StoredSession } from 'sojourn/express-session'

export type Data = Record<string, unknown>
/** A request as both libraries leave it. */
export type Visited = IncomingMessage & Omit<SessionRequest, 'session' | 'sessionStore'> & { session: Session & Data; sessionStore: Store }
export type Handle = (request: Visited, response: ServerResponse) => void

export interface Subject {
  readonly name: string
  readonly library: SessionFunction
  /** A store as an application would give it; undefined for none. */
  store(): Store | undefined
}

/** The same shape: the types of the original say less. */
export const original = originalSession as unknown as SessionFunction

export const SUBJECTS: readonly Subject[] = [
  { name: 'express-session', library: original, store: () => new original.MemoryStore() },
  { name: 'sojourn/express-session', library: dropIn, store: () => dropIn.sojournStore({ cleanupInterval: 0 }) },
  { name: 'sojourn/express-session on a store of express-session', library: dropIn, store: () => new original.MemoryStore() },
  { name: 'sojourn/express-session on its MemoryStore', library: dropIn, store: () => new dropIn.MemoryStore() },
  { name: 'express-session on sojournStore', library: original, store: () => dropIn.sojournStore({ cleanupInterval: 0 }) },
]

const open: Array<() => void> = []

/** Serves until the test is over. */
export async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export function closeServers(): void {
  for (const close of open.splice(0)) close()
}

export interface Site {
  readonly url: string
  readonly store: Store | undefined
  /** What was given to `next`, or thrown, after the answer was begun. */
  readonly errors: unknown[]
}

type Options = Parameters<SessionFunction>[0]

/** A site with the middleware and one page. Errors are answered as Express answers them. */
export async function site(
  { library, store: make }: Subject,
  options: Options,
  page: Handle,
  before: (request: Visited) => void = () => {},
): Promise<Site> {
  const store = options !== undefined && 'store' in options ? (options.store as Store) : make()
  const errors: unknown[] = []
  const visit = library({
    secret: 'keyboard cat',
    resave: false,
    saveUninitialized: false,
    ...(store === undefined ? {} : { store }),
    ...options,
  })
  const url = await listen((req, res) => {
    const fail = (error: unknown): void => {
      errors.push(error)
      if (res.headersSent) return
      res.statusCode = 500
      res.end(error instanceof Error ? error.message : String(error))
    }
    before(req as Visited)
    visit(req, res, (error) => {
      if (error !== undefined && error !== null) {
        fail(error)
        return
      }
      try {
        page(req as Visited, res)
      } catch (fault) {
        fail(fault)
      }
    })
  })
  return { url, store, errors }
}

export interface Answer {
  readonly status: number
  readonly body: string
  readonly setCookies: readonly string[]
  readonly headers: IncomingMessage['headers']
}

export interface Ask {
  readonly path?: string
  readonly method?: string
  readonly cookie?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Keeps connections. @default a new one for each request */
  readonly agent?: Agent
}

export function ask(url: string, { path = '/', method = 'GET', cookie, headers = {}, agent }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}${path}`,
      { method, agent: agent ?? false, headers: { ...headers, ...(cookie === undefined ? {} : { cookie }) } },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (body += chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body, setCookies: response.headers['set-cookie'] ?? [], headers: response.headers }),
        )
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

/** The session cookie of an answer as a browser sends it back. */
export function cookieOf({ setCookies }: Answer, name = 'connect.sid'): string {
  const line = setCookies.find((one) => one.startsWith(`${name}=`))
  if (line === undefined) throw new Error('no session cookie was set')
  return line.split(';')[0]!
}

/** An attribute of it: true for one without a value, undefined for none. */
export function attribute(answer: Answer, wanted: string, name = 'connect.sid'): string | true | undefined {
  const line = answer.setCookies.find((one) => one.startsWith(`${name}=`)) ?? ''
  for (const part of line.split(';').slice(1)) {
    const [key = '', value] = part.trim().split('=')
    if (key.toLowerCase() === wanted.toLowerCase()) return value ?? true
  }
  return undefined
}

/** The session id in a cookie. */
export function idOf(cookie: string): string {
  const value = decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1))
  return value.slice('s:'.length, value.lastIndexOf('.'))
}

/** What is stored under an id. */
export function stored(store: Store | undefined, id: string): Promise<StoredSession | undefined> {
  return new Promise((resolve, reject) => {
    if (store === undefined) reject(new Error('this site has no store of its own'))
    else store.get(id, (error, session) => (error ? reject(error as Error) : resolve(session ?? undefined)))
  })
}

export function count(store: Store | undefined): Promise<number> {
  return new Promise((resolve, reject) => store?.length?.((error, length) => (error ? reject(error as Error) : resolve(length ?? -1))))
}
