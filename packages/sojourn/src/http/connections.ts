import type { SessionContext } from '../session.js'
import type { Caller } from './forwarded.js'

/**
 * What the last request over a connection came to. Nothing in it is a secret or says who is logged in, since a proxy sends the
 * requests of many people over one connection: each part holds only for a request with the same headers.
 */
export interface Connection {
  host: string | undefined
  caller: Caller | undefined
  agent: string | undefined
  /** Frozen. Made of `caller` and `agent`. */
  context: SessionContext | undefined
}

/** By the object that stands for a connection. */
export interface Connections {
  of(connection: object): Connection
}

/** No connection is kept open by being known here. */
export function connections(): Connections {
  const known = new WeakMap<object, Connection>()
  return Object.freeze({
    of(connection: object): Connection {
      const there = known.get(connection)
      if (there !== undefined) return there
      const made: Connection = { host: undefined, caller: undefined, agent: undefined, context: undefined }
      known.set(connection, made)
      return made
    },
  })
}
