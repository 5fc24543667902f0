import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SojournOptions } from '../../../src/http/options.js'

/** An application under one framework, listening. */
export interface Running {
  readonly url: string
  close(): Promise<void>
}

/** Serves the routes of the contract with one adapter. `hit` counts what reached the application. */
export type Harness = (options: SojournOptions, hit: () => void) => Promise<Running>

export function running(server: Server): Promise<Running> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve({ url: urlOf(server), close: () => closeServer(server) }))
  })
}

export const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)))
    server.closeAllConnections()
  })
}
