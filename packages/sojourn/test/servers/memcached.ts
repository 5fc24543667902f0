import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { afterAll } from 'vitest'

/** A memcached of its own, on loopback, that is gone when the tests of the file are over. */
export interface MemcachedServer {
  /** `127.0.0.1:port`, the same after a restart. */
  readonly address: string
  readonly port: number
  /** kill -9, and gone when this resolves. */
  kill(): Promise<void>
  /** Starts it again, empty, with the same arguments. */
  restart(): Promise<void>
  /** Stops it with SIGSTOP, and has stopped when this resolves: the kernel goes on taking connections and bytes for it. */
  pause(): Promise<void>
  resume(): void
  /** What it answers to these bytes and a closing `mn`, as text of one byte a character. */
  raw(bytes: string): Promise<string>
  /** The keys of everything that it holds. */
  keys(): Promise<readonly string[]>
}

/** What is running, also what a test has started in its middle. */
const started = new Set<() => Promise<void>>()
afterAll(async () => {
  await Promise.all([...started].map((kill) => kill()))
})

const MISSING = 'memcached is not installed. Run: apt-get install -y memcached'

/** Answers a port on which nobody listens. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('The probe has no port.')
  return address.port
}

/** Starts memcached with further arguments, such as `-m 2`, `-M`. */
export async function startMemcached(...args: readonly string[]): Promise<MemcachedServer> {
  for (let tries = 0; ; tries++) {
    const port = await freePort()
    const server = await start(port, args)
    // Somebody else may have taken the port since.
    if (server !== undefined) return server
    if (tries > 5) throw new Error('memcached does not start.')
  }
}

async function start(port: number, args: readonly string[]): Promise<MemcachedServer | undefined> {
  let child = await run(port, args)
  if (child === undefined) return undefined
  const kill = async (): Promise<void> => {
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    child = undefined
  }
  started.add(kill)
  return {
    address: `127.0.0.1:${port}`,
    port,
    kill,
    async restart() {
      await kill()
      child = await run(port, args)
      if (child === undefined) throw new Error('memcached does not start again.')
    },
    async pause() {
      child?.kill('SIGSTOP')
      while (child !== undefined && !hasStopped(child.pid)) await pause()
    },
    resume() {
      child?.kill('SIGCONT')
    },
    raw: (bytes) => raw(port, bytes),
    async keys() {
      // The crawler takes the connection over: nothing else is answered on it.
      const listing = await exchange(port, 'lru_crawler metadump all\r\n', 'END\r\n')
      return [...listing.matchAll(/^key=(\S+) /gm)].map((match) => decodeURIComponent(match[1] ?? ''))
    },
  }
}

/** Resolves when it answers; undefined if it ended instead, as it does when the port is taken. */
async function run(port: number, args: readonly string[]): Promise<ChildProcess | undefined> {
  const asRoot = process.geteuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('memcached', [...asRoot, '-l', '127.0.0.1', '-p', String(port), '-U', '0', '-t', '2', ...args], { stdio: 'ignore' })
  let ended = false
  // Reads from a pipe that only this process holds: it ends with us, however we end.
  const guard = spawn('sh', ['-c', 'cat > /dev/null; kill -9 "$0"', String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.once('exit', () => {
    ended = true
    guard.kill('SIGKILL')
    guard.stdin.destroy()
  })
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (fault) => reject('code' in fault && fault.code === 'ENOENT' ? new Error(MISSING) : fault))
  })
  const answered = async (): Promise<ChildProcess | undefined> => {
    while (!ended) {
      // Another one may listen on that port.
      const answer = await raw(port, 'stats\r\n').catch(() => '')
      if (answer.includes(`STAT pid ${child.pid}\r\n`)) return child
      await pause()
    }
    return undefined
  }
  return await Promise.race([answered(), failed])
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

/** Whether each thread of a process has stopped, which SIGSTOP does not wait for. */
function hasStopped(pid: number | undefined): boolean {
  const threads = `/proc/${pid}/task`
  return readdirSync(threads).every((thread) => / T /.test(readFileSync(`${threads}/${thread}/stat`, 'latin1')))
}

const raw = (port: number, bytes: string): Promise<string> => exchange(port, `${bytes}mn\r\n`, 'MN\r\n')

/** What is answered to `bytes` until `end` has come. */
function exchange(port: number, bytes: string, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let answer = ''
    socket.on('data', (piece) => {
      answer += piece.toString('latin1')
      if (!answer.endsWith(end)) return
      resolve(answer)
      socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('memcached closed the connection.')))
    socket.write(Buffer.from(bytes, 'latin1'))
  })
}

/** Everything that a server holds: keys, and values as text of one byte a character. */
export async function dump(server: MemcachedServer): Promise<ReadonlyMap<string, string>> {
  const items = new Map<string, string>()
  for (const key of await server.keys()) {
    const answer = await server.raw(`mg ${key} v\r\n`)
    const size = Number(/^VA (\d+)/.exec(answer)?.[1] ?? -1)
    if (size >= 0) items.set(key, answer.slice(answer.indexOf('\r\n') + 2, answer.indexOf('\r\n') + 2 + size))
  }
  return items
}
