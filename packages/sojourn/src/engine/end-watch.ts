import type { CancelTimer, Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import { refuse } from '../input/refuse.js'
import { expiry } from '../policy/expiry.js'
import type { Engine } from './engine.js'
import { endedEverywhere, readRow } from './examine.js'
import { publicId, rowIdOf } from './row.js'

/** Tells the owners of live connections that their session has ended. */
export interface EndWatch {
  watch(sessionId: string, listener: (reason: string) => void): () => void
  stop(): void
}

type Listener = (reason: string) => void

/** Live connections of one process; about 5 MiB. */
const MAX_LISTENERS = 10_000
/** How often the store is asked about sessions that other processes may have ended (TRM-13). */
const RECHECK: Millis = 30_000
/** Sessions that are asked about at once. */
const WIDTH = 32

/** The listeners, by the id of their session. */
interface Listeners {
  add(sessionId: string, listener: Listener): () => void
  ids(): readonly string[]
  /** Hands the listeners of a session out, once. */
  take(sessionId: string): readonly Listener[]
}

function listenersOf(): Listeners {
  const bySession = new Map<string, Set<Listener>>()
  let count = 0
  return {
    add(sessionId, listener) {
      if (count >= MAX_LISTENERS)
        throw new SessionError('CONFLICT', `This process watches ${MAX_LISTENERS} sessions already. Close some connections first.`)
      // One function that is given twice is two connections.
      const mine: Listener = (reason) => listener(reason)
      const listeners = bySession.get(sessionId) ?? new Set<Listener>()
      listeners.add(mine)
      bySession.set(sessionId, listeners)
      count += 1
      return () => {
        if (!listeners.delete(mine)) return
        count -= 1
        if (listeners.size === 0) bySession.delete(sessionId)
      }
    },
    ids: () => [...bySession.keys()],
    take(sessionId) {
      const listeners = bySession.get(sessionId)
      if (listeners === undefined) return []
      bySession.delete(sessionId)
      count -= listeners.size
      const taken = [...listeners]
      listeners.clear()
      return taken
    },
  }
}

/** Why a session cannot be used any more, or undefined while it can. */
async function reasonOfEnd(engine: Engine, rowId: string): Promise<string | undefined> {
  const found = await readRow(engine, rowId)
  if (found === undefined) return 'expired'
  if (found.record.kind === 'ended') return found.record.reason
  const record = engine.activity.merge(rowId, found.record)
  const expired = expiry(engine.settings, record, engine.clock.now())
  if (expired !== undefined && !expired.renewable) return `expired.${expired.expired}`
  return await endedEverywhere(engine, found.row, record)
}

export function endWatch(engine: Engine): EndWatch {
  const watched = listenersOf()
  let timer: CancelTimer | undefined
  let stopped = false

  function tell(sessionId: string, reason: string): void {
    for (const listener of watched.take(sessionId)) {
      try {
        listener(reason)
      } catch (error) {
        engine.logger.error({ sessionId, error: String(error) }, 'a listener for the end of a session failed')
      }
    }
  }
  async function recheckOne(sessionId: string): Promise<void> {
    const rowId = rowIdOf(sessionId)
    try {
      const reason = rowId === undefined ? undefined : await reasonOfEnd(engine, rowId)
      if (reason !== undefined) tell(sessionId, reason)
    } catch (error) {
      // Nothing is known, so the connection stays, and is asked about again.
      engine.logger.warn({ sessionId, error: String(error) }, 'whether a session with a live connection goes on could not be told')
    }
  }
  async function recheck(): Promise<void> {
    const ids = watched.ids()
    for (let from = 0; from < ids.length && !stopped; from += WIDTH) await Promise.all(ids.slice(from, from + WIDTH).map(recheckOne))
    schedule()
  }
  function schedule(): void {
    if (stopped || timer !== undefined || watched.ids().length === 0) return
    timer = engine.clock.after(RECHECK, () => {
      timer = undefined
      void recheck()
    })
  }
  /** From the first session that is watched on: as long as nobody listens, events need not be made. */
  let unsubscribe: (() => void) | undefined
  function listen(): void {
    unsubscribe ??= engine.events.subscribe((event) => {
      if (event.type === 'session.ended' && event.sessionId !== undefined) tell(event.sessionId, event.reason ?? 'revoked')
    })
  }

  return Object.freeze({
    watch(sessionId: string, listener: Listener): () => void {
      const rowId = typeof sessionId === 'string' ? rowIdOf(sessionId) : undefined
      if (rowId === undefined) refuse('sessionId', sessionId, 'it must be the id ("sid_…") of a session.')
      listen()
      const unwatch = watched.add(publicId(rowId), listener)
      schedule()
      return unwatch
    },
    stop(): void {
      stopped = true
      timer?.()
      unsubscribe?.()
    },
  })
}
