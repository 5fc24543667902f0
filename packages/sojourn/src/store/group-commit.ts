import { type Clock, type Millis, nextTurn } from '../clock.js'
import { storeUnavailable } from '../errors.js'
import type { UntilFree } from './until-free.js'

/** A transaction on one connection; every call returns when it is done, and throws what the engine says. */
export interface Transaction {
  /** Takes back first what a failed roll-back has left open. */
  begin(): void
  commit(): void
  /** Does nothing outside a transaction. */
  rollback(): void
}

export interface GroupCommit {
  /**
   * Runs `verb` inside a transaction, together with whatever else arrives in the same turn of the event loop, and resolves
   * to its answer once that is committed. Throws `STORE_UNAVAILABLE`; then nothing of this verb was done.
   */
  run<T>(verb: () => T): Promise<T>
  /** Resolves when nothing is waiting any more. */
  drain(): Promise<void>
}

export interface GroupCommitOptions {
  readonly transaction: Transaction
  readonly untilFree: UntilFree
  readonly clock: Clock
}

interface Waiting {
  readonly verb: () => unknown
  readonly since: Millis
  readonly resolve: (answer: unknown) => void
  readonly reject: (fault: unknown) => void
}

/** The event loop stands still during a commit: this many verbs take about ten milliseconds. */
const GROUP_VERBS = 512

/** More than this can only wait behind a disk or a lock that has stopped answering: refuse at once instead of filling the memory. */
const WAITING_VERBS = 16_384

/** Runs all of a group in the transaction that has begun, and ends it: all of them are committed, or nothing of any. */
function attempt(transaction: Transaction, group: readonly Waiting[]): { readonly answers: unknown[] } | { readonly fault: unknown } {
  try {
    const answers = group.map(({ verb }) => verb())
    transaction.commit()
    return { answers }
  } catch (fault) {
    try {
      transaction.rollback()
      return { fault }
    } catch (second) {
      return { fault: new AggregateError([fault, second], 'A transaction failed and could not be rolled back.') }
    }
  }
}

/**
 * One commit, and so one wait for the disk, for many verbs. They stay apart: each runs whole before the next, and if one
 * fails, all are taken back and each is run again by itself, so that it fails or succeeds on its own.
 */
export function groupCommit({ transaction, untilFree, clock }: GroupCommitOptions): GroupCommit {
  const waiting: Waiting[] = []
  let working: Promise<void> | undefined

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      await nextTurn(clock)
      await commit(waiting.splice(0, GROUP_VERBS))
    }
    working = undefined
  }

  async function commit(group: readonly Waiting[]): Promise<void> {
    const refuse = (cause: unknown): void => {
      const fault = storeUnavailable(cause)
      for (const { reject } of group) reject(fault)
    }
    try {
      await untilFree(transaction.begin, group[0]?.since)
    } catch (fault) {
      refuse(fault)
      return
    }
    const outcome = attempt(transaction, group)
    if ('answers' in outcome) {
      group.forEach(({ resolve }, place) => {
        resolve(outcome.answers[place])
      })
    } else if (group.length === 1) {
      refuse(outcome.fault)
    } else {
      for (const one of group) await commit([one])
    }
  }

  return {
    run<T>(verb: () => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        if (waiting.length >= WAITING_VERBS) {
          reject(storeUnavailable(new Error(`${WAITING_VERBS} writes are waiting for the disk.`)))
          return
        }
        waiting.push({ verb, since: clock.monotonic(), resolve: resolve as (answer: unknown) => void, reject })
        working ??= work()
      })
    },
    async drain() {
      await working
    },
  }
}
