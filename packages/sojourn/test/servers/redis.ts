import { type ChildProcess, execFile, spawn } from 'node:child_process'
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

/** Ended also when the tests end in a way in which nobody calls stop(). */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

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
  let child: ChildProcess | undefined

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
    const target = child
    if (target === undefined || target.exitCode !== null || target.signalCode !== null) return
    const ended = new Promise<void>((resolve) => target.once('exit', () => resolve()))
    target.kill(name)
    if (name === 'SIGKILL') await ended
  }
  const start = async (...more: readonly string[]): Promise<void> => {
    const started = spawn(needBinary(binary), [...command, ...more], { stdio: 'ignore' })
    child = started
    running.add(started)
    started.once('exit', () => running.delete(started))
    await until(`${binary} answers`, async () => {
      if (started.exitCode !== null) throw new Error(`${binary} ended with code ${started.exitCode}.`)
      return cli('PING').then(
        (answer) => answer === 'PONG',
        () => false,
      )
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
