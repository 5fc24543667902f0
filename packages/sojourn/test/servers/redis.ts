import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A server that these tests have started: on a free port of 127.0.0.1, with its files in a folder of its own. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  readonly folder: string
  /** Sends a command and answers what `redis-cli` prints. */
  cli(...command: string[]): Promise<string>
  /** Sends a signal to the process; resolves when it has ended, if the signal ends it. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>
  /** Starts it again, on the same port, with further options. */
  start(...more: readonly string[]): Promise<void>
  /** Ends the process and takes its files away. */
  stop(): Promise<void>
}

export interface RedisServerOptions {
  readonly password?: string
  /** Further options, such as `--maxmemory-policy`. */
  readonly args?: readonly string[]
  /** A configuration file, for a sentinel. */
  readonly program?: (folder: string, port: number) => readonly [string, ...string[]]
}

/** Runs a program, says its process id, and ends it when the tests are gone, in whatever way they ended. */
const GUARD = '"$@" </dev/null >/dev/null 2>&1 & echo $!; cat >/dev/null; kill -9 $! 2>/dev/null; wait $!'

interface Guarded {
  readonly pid: number
  readonly isRunning: () => boolean
  /** Ends it, and resolves when it has ended. */
  kill(): Promise<void>
}

async function startGuarded(command: readonly string[]): Promise<Guarded> {
  const guard = spawn('/bin/sh', ['-c', GUARD, 'sh', ...command], { stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()))
  const pid = await new Promise<number>((resolve) => guard.stdout.once('data', (line) => resolve(Number(line))))
  const isRunning = (): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  return {
    pid,
    isRunning,
    async kill() {
      guard.stdin.end()
      await ended
    },
  }
}

/** A binary that is missing fails the test with the line that mends it. */
function needBinary(name: string): string {
  const found = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))
  if (found === undefined) throw new Error(`${name} is missing. Run: apt-get install -y redis-server redis-sentinel redis-tools`)
  return found
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port is free.')
  return address.port
}

/** Asks until the answer is right. */
export async function until(what: string, isTrue: () => Promise<boolean>, most = 20_000): Promise<void> {
  const end = performance.now() + most
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`Waited ${most} ms in vain: ${what}.`)
    await pause(20)
  }
}

export async function startRedis({ password, args = [], program }: RedisServerOptions = {}): Promise<RedisServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-redis-'))
  const signIn = password === undefined ? [] : ['--requirepass', password, '--masterauth', password]
  const [binary, ...rest] = program?.(folder, port) ?? [
    'redis-server',
    '--port',
    `${port}`,
    '--save',
    '',
    '--repl-diskless-sync-delay',
    '0',
    ...signIn,
    ...args,
  ]
  const command = [...rest, '--bind', '127.0.0.1', '--dir', folder, '--daemonize', 'no']
  const cliPath = needBinary('redis-cli')
  let child: Guarded | undefined

  const cli = async (...words: string[]): Promise<string> => {
    const { stdout } = await run(
      cliPath,
      ['-p', `${port}`, ...(password === undefined ? [] : ['-a', password, '--no-auth-warning']), ...words],
      {
        timeout: 5_000,
      },
    )
    return stdout.trim()
  }
  const signal: RedisServer['signal'] = async (name) => {
    if (name === 'SIGKILL') await child?.kill()
    else if (child?.isRunning()) process.kill(child.pid, name)
  }
  const start = async (...more: readonly string[]): Promise<void> => {
    const started = await startGuarded([needBinary(binary), ...command, ...more])
    child = started
    await until(`${binary} answers`, async () => {
      if (!started.isRunning()) throw new Error(`${binary} has ended.`)
      return (await cli('PING').catch(() => '')) === 'PONG'
    })
  }
  const stop = async (): Promise<void> => {
    await signal('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }

  await start()
  const url = password === undefined ? `redis://127.0.0.1:${port}` : `redis://:${password}@127.0.0.1:${port}`
  return { port, url, folder, cli, signal, start, stop }
}
