import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, chmodSync, chownSync, constants, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A program that Debian keeps out of the path, or the one line that installs it. */
export function findProgram(name: string, debian: string): string {
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
export function unprivileged(): { readonly uid?: number; readonly gid?: number } {
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

export function run(program: string, args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): string {
  return execFileSync(program, args, {
    cwd: folder,
    env: { ...process.env, LC_ALL: 'C', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
    ...unprivileged(),
  }).toString('latin1')
}

/** Starts a server and resolves when it has said that it is ready; what it logs is kept. */
export async function launch(
  program: string,
  args: readonly string[],
  folder: string,
  ready: RegExp,
  log: string[],
): Promise<ChildProcess> {
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
export function processesOf(parent: number): readonly number[] {
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

export async function untilGone(pids: readonly number[]): Promise<void> {
  for (let tries = 0; pids.some((pid) => !'ZX'.includes(statOf(pid)?.state ?? 'X')); tries++) {
    if (tries > 1_000) throw new Error('a server process does not end')
    await pause(5)
  }
}

export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch (fault) {
      if (!(fault instanceof Error && 'code' in fault && fault.code === 'ESRCH')) throw fault
    }
  }
}
