import { type Ended, SessionError, type SessionQuery, type Sessions } from 'sojourn'
import { createSessionClient } from 'sojourn/client'
import { z } from 'zod'
import { CommandError, EXIT } from './exit.js'
import type { Io } from './io.js'
import { type RecordPage, readRecordPage, type SessionRecord } from './session-record.js'
import type { Target } from './target.js'
import { walk } from './walk.js'

export interface ServiceAddress {
  /** Root of the service. */
  readonly url: string
  readonly serviceKey: string | undefined
  readonly adminKey: string | undefined
}

/** A person waits for it: longer than a program would, shorter than patience. */
const TIMEOUT = 15_000

const level = z.enum(['local', 'stored', 'durable', 'everywhere'])

/** An answer of an administrator's call. */
export interface AdminAnswer {
  readonly status: number
  readonly headers: Headers
  /** Undefined if the body is no JSON. */
  readonly json: unknown
}

/** A running service, reached with its keys. */
export function serviceTarget(io: Io, address: ServiceAddress): Target {
  const { url, serviceKey, adminKey } = address
  // Made for its check as well: it refuses an address over which the keys could be read.
  const client = createSessionClient({ url, serviceKey: serviceKey ?? 'none', clock: io.clock, timeout: TIMEOUT })
  const name = `the service at ${new URL(url).origin}`
  const search = async (query: SessionQuery): Promise<RecordPage> =>
    demand(readRecordPage((await admin('GET', `/sessions${queryText(query)}`)).json), name)
  const withServiceKey = (): Sessions => {
    if (serviceKey !== undefined) return client
    throw new CommandError(
      EXIT.failed,
      `For ${name} the service key is needed: set SOJOURN_SERVICE_KEY, or --data-dir to the folder that holds it.`,
    )
  }
  const admin = async (method: 'GET' | 'DELETE', path: string): Promise<AdminAnswer> => {
    if (adminKey === undefined)
      throw new CommandError(
        EXIT.failed,
        `For ${name} the admin key is needed: set SOJOURN_ADMIN_KEY, or --data-dir to the folder that holds it.`,
      )
    return checked(await adminCall(io, url, adminKey, method, path), name)
  }
  return {
    name,
    search,
    // There is no call for one session, so all are walked over until the wanted ones are found.
    find: (ids) => findAmong(search, ids),
    async end(id, reason): Promise<Ended> {
      // The administrator's call has one reason; any other goes the way of applications.
      if (reason !== 'revoked') return await withServiceKey().terminateSession(id, { reason })
      const answer = await admin('DELETE', `/sessions/${encodeURIComponent(id)}`)
      return { level: demand(level.safeParse(answer.headers.get('sojourn-level')).data, name) }
    },
    endAll: async (userId, reason) => withServiceKey().terminateAllUserSessions(userId, { reason }),
    close: () => client.close(),
  }
}

/** Sends one call of an administrator. Throws `STORE_UNAVAILABLE` if nothing answers. A redirect is not followed: the key would go with it. */
export async function adminCall(io: Io, url: string, adminKey: string, method: 'GET' | 'DELETE', path: string): Promise<AdminAnswer> {
  const abort = new AbortController()
  const cancel = io.clock.after(TIMEOUT, () => abort.abort())
  try {
    const answer = await fetch(`${url.replace(/\/+$/, '')}/api/v1/admin${path}`, {
      method,
      headers: { accept: 'application/json', authorization: `Bearer ${adminKey}` },
      redirect: 'manual',
      signal: abort.signal,
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, json: parse(text) }
  } catch {
    // What fetch throws may hold the request, the key included.
    throw new SessionError('STORE_UNAVAILABLE', `The service at ${new URL(url).origin} does not answer.`)
  } finally {
    cancel()
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is no answer of the service; who asked decides.
    return undefined
  }
}

const problem = z.object({ detail: z.string(), code: z.string() })

function checked(answer: AdminAnswer, name: string): AdminAnswer {
  const { status, json } = answer
  if (status === 200 || status === 202 || status === 204 || status === 404) return answer
  if (status === 401 || status === 403) throw new CommandError(EXIT.failed, `The admin key was refused by ${name}.`)
  const told = problem.safeParse(json).data
  if (status === 400 && told !== undefined) throw new CommandError(EXIT.usage, told.detail)
  throw new CommandError(
    EXIT.unavailable,
    told === undefined ? `An unusable answer (${status}) came from ${name}.` : `From ${name}: ${told.detail}`,
  )
}

function demand<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new CommandError(EXIT.unavailable, `An unusable answer came from ${name}. Is it of the same version?`)
  return value
}

function queryText({ userId, tenant, role, status, limit, after }: SessionQuery): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ userId, tenant, role, status, limit, after })) {
    if (value !== undefined) query.set(name, String(value))
  }
  return `?${query.toString()}`
}

async function findAmong(search: Target['search'], ids: readonly string[]): Promise<SessionRecord[]> {
  const wanted = new Set(ids)
  const found: SessionRecord[] = []
  for await (const session of walk({ search }, { status: 'all' })) {
    if (wanted.delete(session.id)) found.push(session)
    if (wanted.size === 0) break
  }
  return found
}
