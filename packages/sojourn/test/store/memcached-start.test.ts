import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type MemcachedStoreOptions, memcachedStore } from '../../src/store/memcached.js'
import { freePort, startMemcached } from '../servers/memcached.js'

const server = await startMemcached()

/** Something that listens and gives the same answer to whatever it is asked. */
async function impostor(answer: string | undefined): Promise<string> {
  const listener = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', () => (answer === undefined ? undefined : socket.write(answer)))
    onTestFinished(() => {
      socket.destroy()
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    listener.close()
  })
  await once(listener, 'listening')
  const bound = listener.address()
  return `127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`
}

describe('memcachedStore refuses at the start', () => {
  it.each<[string, Partial<Record<keyof MemcachedStoreOptions, unknown>>]>([
    ['servers', { servers: [] }],
    ['servers', { servers: undefined }],
    ['servers', { servers: 'localhost:11211' }],
    ['servers.1', { servers: ['a:1', 'a:b'] }],
    ['servers.0', { servers: ['a:0'] }],
    ['servers.0', { servers: ['a:65536'] }],
    ['servers.0', { servers: ['memcached://user:secret@a:1'] }],
    ['servers.0', { servers: ['a b:1'] }],
    ['servers.1', { servers: ['a', 'A:11211'] }],
    ['prefix', { prefix: 'a b' }],
    ['prefix', { prefix: 'x'.repeat(101) }],
    ['prefix', { prefix: 'a\r\n' }],
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: 30_001 }],
    ['timeout', { timeout: Number.NaN }],
    ['connections', { connections: 0 }],
    ['connections', { connections: 1.5 }],
    ['maxPending', { maxPending: -1 }],
    ['maxPerOwner', { maxPerOwner: 10_001 }],
  ])('a bad %s: %j', async (path, options) => {
    const fault: unknown = await memcachedStore({ servers: [server.address], ...options } as MemcachedStoreOptions).catch(
      (thrown: unknown) => thrown,
    )
    expect(fault).toMatchObject({ code: 'CONFIG_INVALID', path })
    expect(String(fault)).not.toContain('secret')
  })

  it.each([
    ['an older memcached', 'VERSION 1.5.22\r\n', /1\.5/],
    ['Redis', "-ERR unknown command 'version'\r\n", /version/],
    ['a web server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', /version/],
    ['a memcached that knows no settings', 'VERSION 1.6.18\r\nERROR\r\n', /meta command/],
    ['something that talks without end', 'VERSION 1.6.18\r\nSTAT a b\r\n'.repeat(2_000), /meta command/],
    ['noise', '\u0000\u0001\u0002\r\n', /meta command/],
  ])('%s', async (_, answer, message) => {
    await expect(memcachedStore({ servers: [await impostor(answer)] })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      path: 'servers.0',
      message,
    })
  })

  it('a memcached without CAS, on which no update would be safe', async () => {
    const careless = await startMemcached('-C')
    await expect(memcachedStore({ servers: [server.address, careless.address] })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      path: 'servers.1',
      message: expect.stringContaining('-C'),
    })
  })
})

describe('memcachedStore throws STORE_UNAVAILABLE at the start', () => {
  it('when a server is not there', async () => {
    const servers = [server.address, `127.0.0.1:${await freePort()}`]
    await expect(memcachedStore({ servers })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('when a server says nothing', async () => {
    await expect(memcachedStore({ servers: [await impostor(undefined)], timeout: 50 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})

describe('memcachedStore warns at the start', () => {
  const warningsOn = async (address: string): Promise<readonly unknown[]> => {
    const said: unknown[] = []
    const logger = { warn: (details: unknown, message: string) => said.push([details, message]) }
    await (await memcachedStore({ servers: [address], logger })).close()
    return said
  }

  it('about a server that throws sessions away when it is full', async () => {
    expect(await warningsOn(server.address)).toEqual([[{ server: server.address }, expect.stringContaining('-M')]])
  })

  it('about nothing when the server keeps what it has', async () => {
    expect(await warningsOn((await startMemcached('-M')).address)).toEqual([])
  })
})
