import type { Clock } from '../../clock.js'
import { SessionError } from '../../errors.js'
import type { Ears, Listening } from '../../signal/signal.js'
import { carriers } from './carriers.js'
import type { Wire } from './wire.js'
import { within } from './within.js'

/** What is used of a client of `ioredis`. */
export interface IoredisClient {
  callBuffer(command: string, args: (string | Buffer | number)[]): Promise<unknown>
  readonly options: { readonly autoResendUnfulfilledCommands?: boolean | undefined }
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
  duplicate(override?: object): IoredisEar
}

/** What is used of the copy of a client that does nothing but listen. */
export interface IoredisEar {
  connect(): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  on(event: string, listener: (...args: never[]) => void): unknown
  disconnect(): void
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
    primaries: () => ['server'],
    listen: (_primary, subject, ears) => listenBy(client, clock, subject, ears),
    close: async () => forget(),
  }
}

/** A connection that was lost is not made again by the driver: what was said meanwhile would be missing without a word. */
const EAR_OPTIONS = Object.freeze({ lazyConnect: true, retryStrategy: () => null, reconnectOnError: () => false, autoResubscribe: false })
const EAR_WAIT = 1_000

async function listenBy(client: IoredisClient, clock: Clock, subject: string, ears: Ears): Promise<Listening> {
  const ear = client.duplicate(EAR_OPTIONS)
  let isOver = false
  const end = (cause: unknown): void => {
    if (isOver) return
    isOver = true
    ear.disconnect()
    ears.lost(cause)
  }
  ear.on('error', end)
  ear.on('close', () => end(new Error('The connection to Redis was closed.')))
  ear.on('message', (_channel: string, message: string) => {
    if (!isOver) ears.heard(message)
  })
  try {
    await within(clock, EAR_WAIT, ear.connect())
    await within(clock, EAR_WAIT, ear.subscribe(subject))
  } catch (fault) {
    isOver = true
    ear.disconnect()
    throw fault
  }
  return {
    async close(): Promise<void> {
      isOver = true
      ear.disconnect()
    },
  }
}
