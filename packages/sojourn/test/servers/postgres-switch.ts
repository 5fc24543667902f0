import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { PostgresServer } from './postgres.js'

/** One address whose server can be exchanged, as when a name or a virtual address moves at a fail-over. */
export interface Switch {
  readonly url: string
  /** Cuts all connections and leads new ones to this server. */
  lead(server: PostgresServer): void
  close(): Promise<void>
}

export async function startSwitch(first: PostgresServer): Promise<Switch> {
  let { port } = first
  const sockets = new Set<Socket>()
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const listener = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: first.url.replace(`:${first.port}/`, `:${address.port}/`),
    lead(server) {
      port = server.port
      cutAll()
    },
    async close() {
      const closed = once(listener, 'close')
      listener.close()
      cutAll()
      await closed
    },
  }
}
