import { connect as connectSocket, type Socket } from 'node:net'
import type { Clock } from '../../clock.js'
import type { Address } from './address.js'
import { corkedWriter } from './corked-writer.js'
import type { Deadline } from './deadline.js'
import { ProtocolFault } from './faults.js'
import { pendingQuestion, pendingQueue } from './pending.js'
import type { Question } from './question.js'
import { replyParser } from './reply-parser.js'

/** One connection. Questions are sent at once and answered in the order in which they were asked. */
export interface Connection {
  /** Questions whose answer has not come yet. */
  readonly pending: number
  readonly isOpen: boolean
  /**
   * Asks. Rejects with `ServerRefusal` where the server said that it cannot. Any other failure, a missed deadline too, ends
   * the connection and all that was asked on it: what comes late must never be taken for the answer to something else.
   */
  ask<Answer>(question: Question<Answer>, deadline: Deadline): Promise<Answer>
  close(): void
}

export interface ConnectionSettings {
  readonly clock: Clock
  /** The largest value to accept, in bytes. */
  readonly maxValue: number
  /** The most questions without answer. */
  readonly maxPending: number
}

/** What became of a connection. */
export interface ConnectionEnd {
  /** Whether questions were left without answer. */
  readonly lost: boolean
  /** Whether any question was answered on it. */
  readonly answered: boolean
}

/** Bytes that the other side has not taken yet; beyond, it is too slow and asking more would only fill our memory. */
const MOST_UNSENT = 32 * 1_024 * 1_024

/** Connects, or rejects at the deadline. `onEnd` is called once after that, when the connection is over. */
export function connect(
  address: Address,
  settings: ConnectionSettings,
  deadline: Deadline,
  onEnd: (end: ConnectionEnd) => void,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host: address.host, port: address.port, noDelay: true, keepAlive: true })
    const giveUp = (fault: Error): void => {
      cancel()
      socket.destroy()
      reject(fault)
    }
    const cancel = settings.clock.after(deadline.left(), () =>
      giveUp(new Error(`memcached at ${address.name} did not take the connection in time.`)),
    )
    socket.once('error', giveUp)
    socket.once('connect', () => {
      cancel()
      socket.off('error', giveUp)
      resolve(connectionOn(socket, address.name, settings, onEnd))
    })
  })
}

function connectionOn(
  socket: Socket,
  name: string,
  { clock, maxValue, maxPending }: ConnectionSettings,
  onEnd: (end: ConnectionEnd) => void,
): Connection {
  const queue = pendingQueue()
  const send = corkedWriter(socket)
  let endedBy: Error | undefined
  let asked = 0
  let answered = false

  const end = (fault: Error): void => {
    if (endedBy !== undefined) return
    endedBy = fault
    socket.destroy()
    const lost = queue.takeAll()
    onEnd({ lost: lost.length > 0, answered })
    for (const pending of lost) pending.fail(fault)
  }
  const parse = replyParser(maxValue, (reply) => {
    if (queue.first === undefined) throw new ProtocolFault('An answer came to which there is no question.')
    if (!queue.first.take(reply)) return
    queue.removeFirst()
    answered = true
  })
  socket.on('data', (piece) => {
    if (endedBy !== undefined) return
    try {
      parse(piece)
    } catch (fault) {
      end(fault instanceof Error ? fault : new ProtocolFault('An answer could not be read.'))
    }
  })
  socket.on('error', end)
  socket.on('close', () => end(new Error(`memcached at ${name} closed the connection.`)))

  return {
    get pending() {
      return queue.length
    },
    get isOpen() {
      return endedBy === undefined
    },
    ask(question, deadline) {
      return new Promise((resolve, reject) => {
        if (endedBy !== undefined) throw endedBy
        if (queue.length >= maxPending || socket.writableLength > MOST_UNSENT) throw new Error(`memcached at ${name} is asked too much.`)
        if (deadline.left() === 0) throw new Error(`No time was left to ask memcached at ${name}.`)
        const opaque = (asked++).toString(36)
        const done = clock.after(deadline.left(), () => end(new Error(`memcached at ${name} did not answer in time.`)))
        queue.add(pendingQuestion(question, opaque, { done, resolve, reject }))
        send(question.write(opaque))
      })
    },
    close() {
      end(new Error('The Memcached store is closed.'))
    },
  }
}
