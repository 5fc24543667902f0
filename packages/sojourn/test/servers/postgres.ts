import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, chmodSync, chownSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'

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
const SUPERUSER = 'postgres'

/** A program that Debian keeps out of the path, or the one line that installs it. */
function findProgram(name: string, debian: string): string {
  const below = '/usr/lib/postgresql'
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', ...foldersOf(below).map((version) => join(below, version, 'bin'))]
  const path = folders.map((folder) => join(folder, name)).find(isExecutable)
  if (path === undefined) throw new Error(`The tests need ${name}. Install with: sudo apt-get update && sudo apt-get install -y ${debian}`)
  return path
}

function foldersOf(path: string): readonly string[] {
  try {
    return readdirSync(path).sort((a, b) => Number(b) - Number(a))
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return []
    throw fault
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The servers refuse to run as root. */
function unprivileged(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const [, , uid, gid] = /^postgres:.*$/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[0].split(':') ?? []
  if (uid === undefined || gid === undefined) throw new Error('There is no user postgres. Install with: sudo apt-get install -y postgresql')
  return { uid: Number(uid), gid: Number(gid) }
}

/** A folder that the servers may use. */
export function serverFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-postgres-'))
  chmodSync(folder, 0o700)
  const { uid, gid } = unprivileged()
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  return folder
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function run(program: string, args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): string {
  return execFileSync(program, args, {
    cwd: folder,
    env: { ...process.env, LC_ALL: 'C', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
    ...unprivileged(),
  }).toString('latin1')
}

/** Starts a server and resolves when it has said that it is ready; what it logs is kept. */
async function launch(program: string, args: readonly string[], folder: string, ready: RegExp, log: string[]): Promise<ChildProcess> {
  const env = { ...process.env, LC_ALL: 'C' }
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'], ...unprivileged() })
  const stopAtExit = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', stopAtExit)
  child.once('exit', () => process.removeListener('exit', stopAtExit))
  await new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('latin1').on('data', (text: string) => {
      log.push(text)
      if (ready.test(text)) resolve()
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`${program} did not start:\n${log.join('').slice(-2_000)}`)))
  })
  return child
}

/** Those that are alive; a zombie is not. */
function processesOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => statOf(Number(name))?.parent === parent)
    .map(Number)
}

function statOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    // The name in brackets can hold anything, so what follows is counted from its end.
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return undefined
  }
}

async function untilGone(pids: readonly number[]): Promise<void> {
  for (let tries = 0; pids.some((pid) => !'ZX'.includes(statOf(pid)?.state ?? 'X')); tries++) {
    if (tries > 1_000) throw new Error('a server process does not end')
    await pause(5)
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch (fault) {
      if (!(fault instanceof Error && 'code' in fault && fault.code === 'ESRCH')) throw fault
    }
  }
}

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
      await query(url, 'select pg_promote(true)')
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

export interface PgBouncer {
  readonly url: string
  close(): Promise<void>
}

/** A pooler that hands its connections on after each transaction, in turn, so that what stays on one is missed at once. */
export async function startPgBouncer(server: PostgresServer): Promise<PgBouncer> {
  const folder = serverFolder()
  const port = await freePort()
  const write = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    chmodSync(path, 0o644)
    return path
  }
  const users = write('users.txt', `"${SUPERUSER}" "${PASSWORD}"\n`)
  const config = write(
    'pgbouncer.ini',
    `[databases]
postgres = host=127.0.0.1 port=${server.port} dbname=postgres user=${SUPERUSER} password=${PASSWORD}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 8
max_client_conn = 200
server_round_robin = 1
server_login_retry = 1
`,
  )
  const child = await launch(findProgram('pgbouncer', 'pgbouncer'), [config], folder, /process up/, [])
  return {
    url: `postgres://${SUPERUSER}:${PASSWORD}@127.0.0.1:${port}/postgres`,
    async close() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface Disk {
  readonly folder: string
  grow(megabytes: number): void
  remove(): void
}

/** A disk of its own size, or undefined where this user or this machine may not mount one. */
export function smallDisk(megabytes: number): Disk | undefined {
  const folder = serverFolder()
  const { uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = unprivileged()
  const options = `size=${megabytes}m,mode=0700,uid=${uid},gid=${gid}`
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status === 0
  const remove = (): void => {
    if (mounted) execFileSync('umount', [folder])
    rmSync(folder, { recursive: true, force: true })
  }
  const grow = (more: number): void => {
    execFileSync('mount', ['-o', `remount,size=${more}m`, folder])
  }
  if (mounted) return { folder, grow, remove }
  remove()
  return undefined
}

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
