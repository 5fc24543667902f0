import type { SessionManagerOptions } from '../../src/config.js'
import type { SessionEvent } from '../../src/events/event.js'
import type { SessionManager } from '../../src/manager.js'
import type { Sessions } from '../../src/sessions.js'
import type { BenchClock } from './bench-clock.js'
import type { ProbedStore } from './probed-store.js'

/** By which door the nine functions are called. */
export type Way = 'engine' | 'client' | 'http'

/** What a check may choose; the rest belongs to the bench. */
export type BenchLimits = Omit<SessionManagerOptions, 'storage' | 'keys' | 'logger' | 'clock'>

/** The tenants that the bench of the service has keys for. */
export type BenchTenant = 'north' | 'south'

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly details: Readonly<Record<string, unknown>>
  readonly message: string
}

/** One system under test, with everything underneath it open to look at. */
export interface Bench {
  readonly way: Way
  /** Which tokens are issued. */
  readonly tokens: 'opaque' | 'jwt'
  readonly sessions: Sessions
  /** The engine underneath; the same object as `sessions` where the way is `engine`. */
  readonly manager: SessionManager
  readonly clock: BenchClock
  readonly store: ProbedStore
  readonly logs: readonly LogLine[]
  readonly events: readonly SessionEvent[]
  /** The same door for one tenant: by `forTenant`, or by a service key that is bound to it. */
  forTenant(tenant: BenchTenant): Sessions
  /** A second engine over the same store, keys and clock: another process, or the same one after a restart. */
  another(): Promise<SessionManager>
  /** Everything at rest, as text in several spellings, to search for what must not be there. */
  dump(): Promise<readonly string[]>
  /** Waits for `work` and lets the time pass that it waits for, as back-off does. */
  patiently<T>(work: Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * How often something is tried: as often as is asked where the store is in this process or on this disk, a twentieth of it
 * where each step goes over a socket.
 */
export function rounds({ way, store }: Pick<Bench, 'way' | 'store'>, local: number): number {
  const isLocal = way === 'engine' && (store.isVolatile === true || store.home !== undefined)
  return isLocal ? local : Math.ceil(local / 20)
}

export type MakeBench = (limits: BenchLimits) => Promise<Bench>

/** One sentence of the contract that can be put to the proof. */
export interface BehaviourCheck {
  readonly name: string
  readonly limits?: BenchLimits
  /** @default all */
  readonly ways?: readonly Way[]
  check(bench: Bench): Promise<void>
}
