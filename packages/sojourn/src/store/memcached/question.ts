import type { Reply } from './reply.js'

/** What is asked on a connection, and how its answer is read. */
export interface Question<Answer> {
  /** The bytes to send. `opaque` is to come back with the answer. */
  write(opaque: string): Buffer
  /**
   * The answer, or undefined if more lines belong to it. Throws `ProtocolFault` for what cannot be an answer to this
   * question, `ServerRefusal` where the server said that it cannot.
   */
  read(reply: Reply, opaque: string): { readonly answer: Answer } | undefined
}
