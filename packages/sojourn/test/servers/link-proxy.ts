import { createConnection, createServer, type Socket } from 'node:net'
import { freePort } from './redis.js'

/** A way to a server on which the connections that listen can be told from the others. */
export interface LinkProxy {
  readonly port: number
  /** From now on nothing that the server says gets through on connections that listen, and nobody is told. */
  muffle(): void
  /** From now on nothing gets through in either direction on any of them. */
  stopUp(): void
  /** Lets everything through again; what was swallowed is lost, so what stands is cut. */
  open(): void
  /** Cuts the connections that listen. */
  cutEars(): void
  stop(): Promise<void>
}

/** A connection listens once its client has said something that `isEar` knows. */
export async function startLinkProxy(target: number, isEar: RegExp): Promise<LinkProxy> {
  const port = await freePort()
  const sockets = new Set<Socket>()
  const ears = new Set<Socket>()
  let state: 'open' | 'muffled' | 'stopped' = 'open'

  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      ears.delete(socket)
    })
  }
  const server = createServer((inner) => {
    const outer = createConnection(target, '127.0.0.1')
    for (const socket of [inner, outer]) keep(socket)
    inner.on('data', (chunk) => {
      if (isEar.test(chunk.toString('latin1'))) ears.add(inner)
      if (state !== 'stopped') outer.write(chunk)
    })
    outer.on('data', (chunk) => {
      if (state === 'open' || (state === 'muffled' && !ears.has(inner))) inner.write(chunk)
    })
    inner.on('close', () => outer.destroy())
    outer.on('close', () => inner.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const cut = (which: Iterable<Socket>): void => {
    for (const socket of which) socket.destroy()
  }
  return {
    port,
    muffle() {
      state = 'muffled'
    },
    stopUp() {
      state = 'stopped'
    },
    open() {
      state = 'open'
      cut(sockets)
    },
    cutEars: () => cut(ears),
    async stop() {
      cut(sockets)
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
