import type { Clock } from '../../clock.js'
import { SessionError } from '../../errors.js'
import { carriers } from './carriers.js'
import type { Wire } from './wire.js'
import { within } from './within.js'

/** What is used of a client of `ioredis`. */
export interface IoredisClient {
  callBuffer(command: string, args: (string | Buffer | number)[]): Promise<unknown>
  readonly options: { readonly autoResendUnfulfilledCommands?: boolean | undefined }
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** Throws unless the driver keeps from sending a write a second time, to a server that may have carried it out: the answer would be wrong. */
export function refuseResending({ autoResendUnfulfilledCommands }: IoredisClient['options'], where: string): void {
  if (autoResendUnfulfilledCommands === false) return
  const message = 'client: after a reconnect it would send writes again that may have been carried out. Make it with'
  throw new SessionError('CONFIG_INVALID', `${message} ${where}.`, { path: 'client.options.autoResendUnfulfilledCommands' })
}

export function adaptIoredis(client: IoredisClient, clock: Clock): Wire {
  refuseResending(client.options, 'new Redis({ autoResendUnfulfilledCommands: false, … })')
  const { answer, forget } = carriers(client, ['ready', 'close'])
  return {
    send: ([name, ...args], _key, wait) => answer(() => 'server', within(clock, wait, client.callBuffer(`${name}`, args))),
    primary: () => 'server',
    close: async () => forget(),
  }
}
