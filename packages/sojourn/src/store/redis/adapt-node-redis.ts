import type { Clock } from '../../clock.js'
import { carriers } from './carriers.js'
import type { DriverClient } from './driver.js'
import { openEarWith } from './ear.js'
import type { Command, Wire } from './wire.js'
import { within } from './within.js'

/** What is used of a client that `createClient` of `@redis/client` made. */
export interface NodeRedisClient {
  sendCommand(command: Command, options?: object): Promise<unknown>
  readonly socketEpoch: number
  duplicate(overrides?: object): unknown
  multi(): unknown
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** Text as bytes, and our own deadline instead of the driver's, which costs four times the command. */
export const SEND_OPTIONS: object = Object.freeze({ timeout: 0, typeMapping: Object.freeze({ 36: Buffer }) })

/** A connection that was lost is not made again by the driver: what was said meanwhile would be missing without a word. */
const EAR_OPTIONS = Object.freeze({ socket: { reconnectStrategy: false }, RESP: 2 })
const EAR_WAIT = 1_000

export function adaptNodeRedis(client: NodeRedisClient, clock: Clock): Wire {
  const { answer, forget } = carriers(client, ['ready', 'end'])
  return {
    send: (command, _key, wait) => answer(() => 'server', within(clock, wait, client.sendCommand(command, SEND_OPTIONS))),
    primary: () => 'server',
    primaries: () => ['server'],
    listen: (_primary, subject, ears) => openEarWith(client.duplicate(EAR_OPTIONS) as DriverClient, clock, EAR_WAIT, subject, ears),
    close: async () => forget(),
  }
}
