import { setImmediate as nextTurn } from 'node:timers/promises'
import { createSessionManager } from '../../src/create-session-manager.js'
import { isSessionError } from '../../src/errors.js'
import type { ScannableStore } from '../../src/store/store.js'
import { targetIn } from '../store/redis-target.js'
import type { Answer, Order, Place, Verdicts } from './orders.js'

/** One node of several, which does what its parent process orders: `fork(<bundle>, [<place as JSON>])`. */
const place: Place = JSON.parse(process.argv[2] ?? '')

async function openStore(): Promise<ScannableStore> {
  if (place.kind === 'sqlite') return (await import('../../src/store/sqlite.js')).sqliteStore({ path: place.at })
  const { prefix, replicas } = place
  if (place.kind === 'postgres') return (await import('../../src/store/postgres.js')).postgresStore({ url: place.at, replicas })
  return (await import('../../src/store/redis.js')).redisStore({ ...targetIn(place.at), prefix, replicas })
}

const sessions = await createSessionManager({
  storage: await openStore(),
  keys: { master: Uint8Array.from({ length: 32 }, (_, at) => (at * 73 + 41) & 255) },
  nodeName: place.name,
  cleanupInterval: 0,
})
let isHammering = false
const trueNow = Date.now
let jumped = 0
Date.now = () => trueNow() + jumped

async function judge(token: string, times: number): Promise<Verdicts> {
  const codes: Record<string, number> = {}
  for (let at = 0; at < times; at++) {
    const code = await sessions.validateSession(token).then(
      (result) => (result.isValid ? 'OK' : result.error.code),
      (fault: unknown) => (isSessionError(fault) ? fault.code : String(fault)),
    )
    codes[code] = (codes[code] ?? 0) + 1
    // As they come from outside: each in a turn of its own now and then, so that what is heard meanwhile is heard.
    if (at % 16 === 0) await nextTurn()
  }
  return codes
}

async function hammer(token: string): Promise<void> {
  isHammering = true
  while (isHammering) await judge(token, 8)
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'create':
      return (await sessions.createSession(order.user)).token
    case 'validate':
      return judge(order.token, order.times)
    case 'hammer':
      void hammer(order.token)
      return undefined
    case 'hush':
      isHammering = false
      return undefined
    case 'terminate':
      return (await sessions.terminateSession(order.token)).level
    case 'mode':
      return sessions.mode()
    case 'jump':
      jumped += order.by
      return undefined
  }
}

process.on('message', (order: Order) => {
  obey(order).then(
    (value) => process.send?.({ id: order.id, value } satisfies Answer),
    (fault: unknown) => process.send?.({ id: order.id, fault: isSessionError(fault) ? fault.code : String(fault) } satisfies Answer),
  )
})
// Nobody is left to give orders.
process.on('disconnect', () => process.exit())
process.send?.({ id: 0, value: 'ready' } satisfies Answer)
