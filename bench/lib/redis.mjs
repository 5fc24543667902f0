import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** Starts a Redis of its own on loopback. */
export async function startRedis() {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  const cli = (...command) =>
    execFileSync('redis-cli', ['-p', `${port}`, ...command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  for (let tries = 0; tries < 100; tries++) {
    try {
      if (cli('PING').startsWith('PONG')) break
    } catch {
      await pause(50)
    }
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    version: /redis_version:(\S+)/.exec(cli('INFO', 'server'))?.[1] ?? '?',
    /** How often commands on sessions were carried out since the server was started. */
    sessionCommands() {
      const stats = cli('INFO', 'commandstats')
      const calls = (name) => Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0)
      return calls('get') + calls('mget') + calls('set') + calls('zrange')
    },
    stop() {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
