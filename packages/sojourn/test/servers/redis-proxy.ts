import { createConnection, createServer, type Socket } from 'node:net'
import { freePort } from './redis.js'

/** A way to a server that can be cut, stopped up and laid to another server. */
export interface RedisProxy {
  readonly port: number
  readonly url: string
  /** New connections lead there from now on; those that stand are cut. */
  pointTo(port: number): void
  /** From now on nothing gets through in either direction, and nobody is told. Connections that are made hang as well. */
  stopUp(): void
  /** Lets everything through again that comes from now on; what was swallowed is lost, so what stands is cut. */
  open(): void
  /** Cuts all connections. */
  cut(): void
  /** How many connections have been made. */
  made(): number
  stop(): Promise<void>
}

/** `rewrite` may change what the server says. */
export async function startRedisProxy(target: number, rewrite = (chunk: Buffer): Buffer => chunk): Promise<RedisProxy> {
  const port = await freePort()
  const sockets = new Set<Socket>()
  let to = target
  let isStoppedUp = false
  let made = 0

  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((inner) => {
    made++
    const outer = createConnection(to, '127.0.0.1')
    for (const socket of [inner, outer]) keep(socket)
    inner.on('data', (chunk) => isStoppedUp || outer.write(chunk))
    outer.on('data', (chunk) => isStoppedUp || inner.write(rewrite(chunk)))
    inner.on('close', () => outer.destroy())
    outer.on('close', () => inner.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    pointTo(other) {
      to = other
      cut()
    },
    stopUp() {
      isStoppedUp = true
    },
    open() {
      isStoppedUp = false
      cut()
    },
    cut,
    made: () => made,
    async stop() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
