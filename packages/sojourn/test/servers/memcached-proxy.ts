import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterAll } from 'vitest'
import type { MemcachedServer } from './memcached.js'

/** A network between the store and a memcached, with everything that can be wrong with one. */
export interface MemcachedProxy {
  readonly address: string
  /** What is made of the bytes that the server sends; undefined lets them through. */
  answers: ((piece: Buffer) => Buffer) | undefined
  /** Called with the bytes for the server; they go on when it resolves, those behind them after them. */
  gate: ((piece: Buffer) => Promise<void>) | undefined
  /** Connections so far, those that were refused as well. */
  readonly connections: number
  /** Refuses new connections and resets the old ones. */
  cut(): void
  mend(): void
}

export async function startProxy(target: MemcachedServer): Promise<MemcachedProxy> {
  const sockets = new Set<Socket>()
  let isCut = false
  let connections = 0
  const proxy: MemcachedProxy = {
    address: '',
    answers: undefined,
    gate: undefined,
    get connections() {
      return connections
    },
    cut() {
      isCut = true
      for (const socket of sockets) socket.resetAndDestroy()
    },
    mend() {
      isCut = false
    },
  }
  const listener = createServer({ noDelay: true }, (near) => {
    connections++
    if (isCut) {
      near.resetAndDestroy()
      return
    }
    const far = connect({ port: target.port, host: '127.0.0.1', noDelay: true })
    let passed: Promise<unknown> = Promise.resolve()
    near.on('data', (piece) => {
      passed = passed.then(() => proxy.gate?.(piece)).then(() => far.write(piece))
    })
    far.on('data', (piece) => near.write(proxy.answers?.(piece) ?? piece))
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
    }
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  })
  const bound = listener.address()
  if (bound === null || typeof bound === 'string') throw new Error('The proxy has no port.')
  return Object.defineProperty(proxy, 'address', { value: `127.0.0.1:${bound.port}` })
}
