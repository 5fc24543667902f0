import {
  createSessionManager,
  type DeviceAnswer,
  type DeviceBound,
  type SessionManager,
  type SessionManagerOptions,
  type Store,
} from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import type { SessionEvent } from '../../src/events/event.js'
import { type ProbedStore, probedStore } from '../behaviour/probed-store.js'
import type { Serve } from './simulated-browser.js'

export const COOKIE = '__Host-sid'

export interface BoundApp {
  readonly manager: SessionManager
  readonly deviceBound: DeviceBound
  readonly clock: FakeClock
  readonly store: ProbedStore
  readonly events: readonly SessionEvent[]
  /** An application of four addresses: `/login`, `/page`, `/logout` and what browsers call by themselves. */
  readonly serve: Serve
}

export const cookieIn = (header: string | undefined, name: string): string | undefined =>
  header
    ?.split('; ')
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)

/** The bound cookie in an answer. */
export const cookieOf = ({ headers }: DeviceAnswer): string => headers['Set-Cookie']?.split(';')[0]?.split('=').slice(1).join('=') ?? ''

export async function boundApp(options: SessionManagerOptions = {}, base?: Store): Promise<BoundApp> {
  const clock = fakeClock()
  const store = probedStore(base ?? (await memoryStore()))
  const manager = await createSessionManager({ clock, storage: store, cleanupInterval: 0, deviceBound: { enabled: true }, ...options })
  const events: SessionEvent[] = []
  manager.on((event) => {
    events.push(event)
  })
  const { deviceBound } = manager
  if (deviceBound === undefined) throw new Error('deviceBound is not enabled')
  const answer = (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Awaited<ReturnType<Serve>> => ({
    status,
    headers: new Headers(headers),
    body,
  })
  const sent = ({ status, headers, body }: DeviceAnswer): Awaited<ReturnType<Serve>> =>
    answer(status, headers, body === undefined ? '' : JSON.stringify(body))

  const serve: Serve = async ({ method, path, headers }) => {
    const token = cookieIn(headers['cookie'], COOKIE)
    const response = headers['secure-session-response']
    switch (`${method} ${path}`) {
      case 'POST /login': {
        const session = await manager.createSession('alice')
        const { name, value } = deviceBound.registration(session)
        return answer(200, { 'Set-Cookie': `${COOKIE}=${session.token}; Path=/; Secure; HttpOnly; SameSite=Lax`, [name]: value })
      }
      case 'GET /page': {
        const boundCookie = cookieIn(headers['cookie'], deviceBound.cookieName)
        const result = await manager.validateSession(
          token ?? '',
          {},
          { renew: false, ...(boundCookie === undefined ? {} : { boundCookie }) },
        )
        return answer(result.isValid ? 200 : result.error.status)
      }
      case 'POST /logout':
        await manager.terminateSession(token ?? '')
        return answer(204)
      case `POST ${deviceBound.path}/register`:
        return sent(await deviceBound.register({ token, response }))
      case `POST ${deviceBound.path}/refresh`:
        return sent(await deviceBound.refresh({ sessionId: headers['sec-secure-session-id'], token, response }))
      default:
        return answer(404)
    }
  }
  return { manager, deviceBound, clock, store, events, serve }
}
