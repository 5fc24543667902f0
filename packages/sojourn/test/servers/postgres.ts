import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { findProgram, freePort, launch, processesOf, run, serverFolder, signal, untilGone } from './postgres-process.js'

/** A real Postgres on a free port of the loopback, with its data in a folder of its own. */
export interface PostgresServer {
  readonly url: string
  readonly port: number
  /** Where its data lies. */
  readonly data: string
  /** Runs statements as the superuser and answers the rows of the last one. */
  sql(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Everything in the database, as pg_dump writes it. */
  dump(): string
  /** What the server has logged since it was made. */
  log(): string
  /** kill -9 of all its processes, as when the machine loses power (but for what the disk holds). */
  kill(): Promise<void>
  /** Starts it again on the same port. */
  start(): Promise<void>
  /** Stops all its processes where they are (SIGSTOP), and lets them go on. */
  freeze(): void
  thaw(): void
  /** Makes a standby the primary. */
  promote(): Promise<void>
  /** Ends it and removes its data. */
  close(): Promise<void>
}

export const PASSWORD = 'open-sesame-4711'
export const SUPERUSER = 'postgres'

export interface PostgresServerOptions {
  readonly settings?: Readonly<Record<string, string>>
  /** Where the data goes; left out: a new temporary folder. */
  readonly folder?: string
}

/** A primary with an empty database, to which users sign in with passwords. */
export async function startPostgres({ settings = {}, folder = serverFolder() }: PostgresServerOptions = {}): Promise<PostgresServer> {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, PASSWORD)
  chmodSync(passwordFile, 0o644)
  const data = join(folder, 'data')
  run(
    findProgram('initdb', 'postgresql'),
    ['-D', data, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--no-locale', '--no-sync'],
    folder,
  )
  return serve(folder, data, settings)
}

/** A copy of the primary that follows it, under a name that the primary can list as synchronous. */
export async function startStandby(
  primary: PostgresServer,
  name: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const folder = serverFolder()
  const data = join(folder, 'data')
  const source = `${primary.url}?application_name=${name}`
  run(findProgram('pg_basebackup', 'postgresql'), ['-D', data, '-d', source, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'], folder)
  return serve(folder, data, settings)
}

async function serve(folder: string, data: string, settings: Readonly<Record<string, string>>): Promise<PostgresServer> {
  const port = await freePort()
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: folder, lc_messages: 'C', shared_buffers: '32MB', ...settings }
  const args = ['-D', data, '-p', String(port), ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const url = `postgres://${SUPERUSER}:${PASSWORD}@127.0.0.1:${port}/postgres`
  const log: string[] = []
  const start = (): Promise<ChildProcess> => launch(findProgram('postgres', 'postgresql'), args, folder, /ready to accept/, log)
  let child = await start()
  const everyone = (): readonly number[] => (child.pid === undefined ? [] : [child.pid, ...processesOf(child.pid)])
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null

  const kill = async (): Promise<void> => {
    if (!isRunning()) return
    const pids = everyone()
    const ended = once(child, 'exit')
    signal(pids, 'SIGKILL')
    await ended
    await untilGone(pids)
  }

  return {
    url,
    port,
    data,
    sql: (text) => query(url, text),
    dump: () => run(findProgram('pg_dump', 'postgresql'), ['-d', url], folder),
    log: () => log.join(''),
    kill,
    async start() {
      child = await start()
    },
    freeze: () => signal(everyone(), 'SIGSTOP'),
    thaw: () => signal(everyone(), 'SIGCONT'),
    async promote() {
      // Without waiting: a question that waits on a standby is broken off when the standby clears away what it still looks at.
      await query(url, 'select pg_promote(false)')
      while ((await query(url, 'select pg_is_in_recovery() as waits'))[0]?.['waits'] === true) await pause(50)
    },
    async close() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function query(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client(url)
  await client.connect()
  try {
    const results: unknown = await client.query(text)
    const last: unknown = Array.isArray(results) ? results.at(-1) : results
    return Object(last).rows
  } finally {
    await client.end()
  }
}
