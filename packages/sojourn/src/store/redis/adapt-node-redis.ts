import type { Clock } from '../../clock.js'
import { carriers } from './carriers.js'
import type { Command, Wire } from './wire.js'
import { within } from './within.js'

/** What is used of a client that `createClient` of `@redis/client` made. */
export interface NodeRedisClient {
  sendCommand(command: Command, options?: object): Promise<unknown>
  readonly socketEpoch: number
  duplicate(): unknown
  multi(): unknown
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** Text as bytes, and our own deadline instead of the driver's, which costs four times the command. */
export const SEND_OPTIONS: object = Object.freeze({ timeout: 0, typeMapping: Object.freeze({ 36: Buffer }) })

export function adaptNodeRedis(client: NodeRedisClient, clock: Clock): Wire {
  const { answer, forget } = carriers(client, ['ready', 'end'])
  return {
    send: (command, _key, wait) => answer(() => 'server', within(clock, wait, client.sendCommand(command, SEND_OPTIONS))),
    primary: () => 'server',
    close: async () => forget(),
  }
}
