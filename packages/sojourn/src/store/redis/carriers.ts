import { type Answer, UNKNOWN_CARRIER } from './wire.js'

/** Tells the connections of somebody else's client apart. */
export interface Carriers {
  /** The reply with its carrier; not known if the connection, or the primary for the key, has changed in between. */
  answer(primary: () => string, reply: Promise<unknown>): Promise<Answer>
  /** Stops listening to the client. */
  forget(): void
}

export interface Listened {
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

let adapted = 0

/** `events` are those by which the client tells that one of its connections was made or lost. */
export function carriers(client: Listened, events: readonly string[]): Carriers {
  const name = `client ${++adapted}`
  let epoch = 0
  const change = (): void => {
    epoch++
  }
  for (const event of events) client.on(event, change)
  return {
    async answer(primary, reply) {
      const before = epoch
      const server = primary()
      const outcome = await reply
      const isSame = before === epoch && server === primary()
      return { reply: outcome, carrier: isSame ? `${name}, ${epoch}, ${server}` : UNKNOWN_CARRIER }
    },
    forget() {
      for (const event of events) client.off(event, change)
    },
  }
}
