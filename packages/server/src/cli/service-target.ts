import { type Ended, SessionError, type SessionQuery, type Sessions } from 'sojourn'
import { createSessionClient } from 'sojourn/client'
import { z } from 'zod'
import { CommandError, EXIT } from './exit.js'
import type { Io } from './io.js'
import { type RecordPage, readRecord, readRecordPage, type SessionRecord } from './session-record.js'
import type { Target } from './target.js'

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
  const admin = async (method: AdminMethod, path: string, body?: object): Promise<AdminAnswer> => {
    if (adminKey === undefined)
      throw new CommandError(
        EXIT.failed,
        `For ${name} the admin key is needed: set SOJOURN_ADMIN_KEY, or --data-dir to the folder that holds it.`,
      )
    return checked(await adminCall(io, url, adminKey, method, path, body), name)
  }
  const keys = async (): Promise<KeysAnswer> => demand(keysAnswer.safeParse((await admin('GET', '/keys')).json).data, name)
  const rotate = async (reseal: boolean): Promise<KeysAnswer> =>
    demand(keysAnswer.safeParse((await admin('POST', '/keys/rotate', { reseal })).json).data, name)
  return {
    name,
    search,
    async find(ids) {
      const found: SessionRecord[] = []
      // What is no id is not sent: it may be a token, which must not stand in an address.
      for (const id of new Set(ids.filter((one) => SESSION_ID.test(one)))) {
        const { status, json } = await admin('GET', `/sessions/${id}`)
        if (status !== 404) found.push(demand(readRecord(json), name))
      }
      return found
    },
    async end(id, reason): Promise<Ended> {
      const { headers } = await admin('DELETE', `/sessions/${encodeURIComponent(id)}?reason=${encodeURIComponent(reason)}`)
      return { level: demand(level.safeParse(headers.get('sojourn-level')).data, name) }
    },
    endAll: async (userId, reason) => withServiceKey().terminateAllUserSessions(userId, { reason }),
    async endMany(what, reason) {
      const { status, headers, json } = await admin('POST', '/sessions/end', { ...what, reason })
      const { terminated } = demand(endedMany.safeParse(json).data, name)
      return { terminated, level: status === 202 ? undefined : demand(level.safeParse(headers.get('sojourn-level')).data, name) }
    },
    keys: async () => (await keys()).keys,
    rotateKeys: async () => (await rotate(false)).keys,
    async rotateAndReseal(onProgress) {
      let answer = await rotate(true)
      while (answer.resealing?.state === 'waiting' || answer.resealing?.state === 'running') {
        onProgress(answer.resealing)
        await pause(io)
        answer = await keys()
      }
      if (answer.resealing?.state === 'failed')
        throw new CommandError(
          EXIT.failed,
          'The keys were rotated. Not all records could be sealed again yet: the service goes on with that by itself.',
        )
      return { keys: answer.keys, resealed: answer.resealing }
    },
    async killKey(kid): Promise<Ended> {
      const { headers } = await admin('POST', '/keys/kill', { kid })
      return { level: demand(level.safeParse(headers.get('sojourn-level')).data, name) }
    },
    close: () => client.close(),
  }
}

/** Between two questions how far the service is. */
const PAUSE = 500

function pause({ clock }: Io): Promise<void> {
  return new Promise((resolve) => {
    clock.after(PAUSE, resolve, 'hold')
  })
}

/** As it stands in a session; a token has another length. */
const SESSION_ID = /^sid_[A-Za-z0-9_-]{1,64}$/

const endedMany = z.object({ terminated: z.number() })

const keysAnswer = z.object({
  keys: z.array(
    z.object({
      id: z.string(),
      use: z.enum(['data', 'token', 'signing']),
      state: z.enum(['pending', 'active', 'decrypt-only', 'destroyed']),
      since: z.string(),
    }),
  ),
  resealing: z.object({ state: z.enum(['waiting', 'running', 'done', 'failed']), seen: z.number(), resealed: z.number() }).optional(),
})

type KeysAnswer = z.infer<typeof keysAnswer>

type AdminMethod = 'GET' | 'POST' | 'DELETE'

/** Sends one call of an administrator. Throws `STORE_UNAVAILABLE` if nothing answers. A redirect is not followed: the key would go with it. */
export async function adminCall(
  io: Io,
  url: string,
  adminKey: string,
  method: AdminMethod,
  path: string,
  body?: object,
): Promise<AdminAnswer> {
  const abort = new AbortController()
  const cancel = io.clock.after(TIMEOUT, () => abort.abort())
  try {
    const answer = await fetch(`${url.replace(/\/+$/, '')}/api/v1/admin${path}`, {
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${adminKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
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
