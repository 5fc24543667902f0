import { SessionError } from '../../errors.js'
import type { Command } from './wire.js'

/** What is used of a client of `@redis/client`. */
export interface DriverClient {
  connect(): Promise<unknown>
  sendCommand(command: Command): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  on(event: string, listener: (cause?: unknown) => void): unknown
  /** Waits for the answers that are still due. */
  close(): Promise<void>
  /** Closes at once; what was waiting is rejected. */
  destroy(): void
}

/** What is used of the package `@redis/client`. */
export interface Driver {
  createClient(options: object): DriverClient
}

const isDriver = (value: unknown): value is Driver =>
  typeof value === 'object' && value !== null && 'createClient' in value && typeof value.createClient === 'function'

/** The package that connections are made with when no client was given. */
export async function loadDriver(load: () => Promise<unknown> = () => import('@redis/client')): Promise<Driver> {
  try {
    const driver = await load()
    if (isDriver(driver)) return driver
  } catch (cause) {
    throw missing(cause)
  }
  throw missing(undefined)
}

const missing = (cause: unknown): SessionError =>
  new SessionError(
    'CONFIG_INVALID',
    'A connection to Redis needs the package @redis/client, or a ready client. Run: npm i @redis/client@6',
    { cause },
  )
