import type { Millis } from '../../clock.js'
import type { Ears, Listening } from '../../signal/signal.js'

/** A command with its arguments, as Redis takes them. */
export type Command = readonly (string | Buffer)[]

export interface Answer {
  /** Whole numbers, text as `string` or `Buffer`, `null` and arrays of these; the shapes of RESP 2 and RESP 3 both occur. */
  readonly reply: unknown
  /** The connection that brought it: equal for two answers only if both came by one connection to one server. */
  readonly carrier: string
}

/** The way to one server, or to all primaries of a cluster. It reads from primaries only and repeats nothing that may have been done. */
export interface Wire {
  /**
   * Sends a command to the primary that serves `key`. Rejects with the server's error reply, or with whatever kept the
   * answer from coming within `wait`; then nobody knows whether the command was carried out.
   */
  send(command: Command, key: string, wait: Millis): Promise<Answer>
  /** A name for the primary that serves `key` at present, to tell primaries apart. */
  primary(key: string): string
  /** The names of all primaries at present. */
  primaries(): readonly string[]
  /**
   * Listens at this primary, over a connection of its own, to what is published under `subject`. Missing where the connections
   * belong to somebody else.
   */
  readonly listen?: (primary: string, subject: string, ears: Ears) => Promise<Listening>
  close(): Promise<void>
}

export interface OpenedWire {
  readonly wire: Wire
  /** Whether it knows its way about in a cluster. */
  readonly isCluster: boolean
}

/** What an answer says of its carrier when the connection may have changed under way. Equal to none, not even to itself. */
export const UNKNOWN_CARRIER = ''
