import { ServerRefusal } from './faults.js'
import type { Question } from './question.js'
import type { Reply } from './reply.js'

/** A question that waits for its answer. */
export interface Pending {
  /** True when the answer is complete. Throws `ProtocolFault` for what cannot be an answer to it. */
  take(reply: Reply): boolean
  fail(fault: Error): void
}

/** Where the answer goes. `done` is called first, once, however the question ends. */
export interface Asker<Answer> {
  done(): void
  resolve(answer: Answer): void
  reject(fault: Error): void
}

export function pendingQuestion<Answer>(question: Question<Answer>, opaque: string, asker: Asker<Answer>): Pending {
  return {
    take(reply) {
      try {
        const complete = question.read(reply, opaque)
        if (complete === undefined) return false
        asker.done()
        asker.resolve(complete.answer)
      } catch (fault) {
        if (!(fault instanceof ServerRefusal)) throw fault
        asker.done()
        asker.reject(fault)
      }
      return true
    },
    fail(fault) {
      asker.done()
      asker.reject(fault)
    },
  }
}

/** Settled questions kept at the front of the queue before it is copied. */
const MOST_SPENT = 1_024

/** First in, first out, without moving the rest at each step. */
export interface PendingQueue {
  readonly length: number
  readonly first: Pending | undefined
  add(pending: Pending): void
  removeFirst(): void
  takeAll(): readonly Pending[]
}

export function pendingQueue(): PendingQueue {
  let items: Pending[] = []
  let head = 0
  return {
    get length() {
      return items.length - head
    },
    get first() {
      return items[head]
    },
    add(pending) {
      items.push(pending)
    },
    removeFirst() {
      head++
      if (head < items.length && head < MOST_SPENT) return
      items = items.slice(head)
      head = 0
    },
    takeAll() {
      const rest = items.slice(head)
      items = []
      head = 0
      return rest
    },
  }
}
