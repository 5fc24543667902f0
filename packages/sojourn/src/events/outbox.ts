import type { CancelTimer, Clock, Millis } from '../clock.js'
import type { AuditLog } from './audit.js'
import type { SessionEvent } from './event.js'
import type { Logger } from './log.js'

/** Hands events to the audit log, and keeps those that it could not take. */
export interface Outbox {
  /** Whether there is a log; without one nothing is recorded. */
  readonly isKept: boolean
  /** Resolves when the record is durable, or is kept for later because the log failed. Never rejects. */
  record(event: SessionEvent): Promise<void>
  /** How many records wait for the log to work again. */
  pending(): number
  /** How many records were given up because too many were waiting. */
  lost(): number
  /** Tries what waits once more, then closes the log. */
  close(): Promise<void>
}

/** While the log is broken, this many records are kept, about 16 MiB; a record more costs the oldest, which is counted and logged. */
const MAX_WAITING = 50_000
const RETRY_AFTER: Millis = 1_000

/** Sends what waits, oldest first, until the log fails. */
async function sendAll(log: AuditLog, waiting: SessionEvent[], logger: Logger): Promise<void> {
  for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
    try {
      await log.append(next)
    } catch (error) {
      logger.warn({ waiting: waiting.length, error: String(error) }, 'the audit log still fails; trying again')
      return
    }
    waiting.shift()
  }
}

export function outbox(log: AuditLog | undefined, clock: Clock, logger: Logger): Outbox {
  const waiting: SessionEvent[] = []
  let lost = 0
  let timer: CancelTimer | undefined
  let draining: Promise<void> | undefined

  function keep(event: SessionEvent): void {
    waiting.push(event)
    if (waiting.length > MAX_WAITING) {
      waiting.shift()
      lost++
      logger.error({ lost }, 'the audit log has failed for so long that a record had to be given up')
    }
    schedule()
  }
  function schedule(): void {
    timer ??= clock.after(RETRY_AFTER, () => {
      timer = undefined
      void drain()
    })
  }
  function drain(): Promise<void> {
    if (log === undefined) return Promise.resolve()
    draining ??= sendAll(log, waiting, logger).finally(() => {
      draining = undefined
      if (waiting.length > 0) schedule()
    })
    return draining
  }

  return Object.freeze({
    isKept: log !== undefined,
    async record(event: SessionEvent): Promise<void> {
      if (log === undefined) return
      // Records keep their order: while older ones wait, a newer one waits behind them.
      if (waiting.length > 0) return keep(event)
      try {
        await log.append(event)
      } catch (error) {
        logger.error({ event: event.type, error: String(error) }, 'the audit log failed; the record is kept and tried again')
        keep(event)
      }
    },
    pending: () => waiting.length,
    lost: () => lost,
    async close(): Promise<void> {
      timer?.()
      await drain()
      timer?.()
      await log?.close()
    },
  })
}
