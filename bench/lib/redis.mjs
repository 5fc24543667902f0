import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './free-port.mjs'

/** Commands that this side itself gives, those of connections being made, and the beat of a lease. */
const NOT_COUNTED = /^(?:info|ping|hello|client\b|config\b|command\b|dbsize|memory\b|randomkey|select|function\b|script\b|time)/

/** Starts a Redis of its own on loopback. */
export async function startRedis() {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  const stop = () => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  // Also when a table breaks off: it would stay, and nobody would know of it.
  process.once('exit', stop)
  const cli = (...command) =>
    execFileSync('redis-cli', ['-p', `${port}`, ...command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trimEnd()
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
    cli,
    /** How often each command was carried out since the server was started, as it counts itself. */
    commands() {
      const lines = cli('INFO', 'commandstats').matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)
      return new Map([...lines].map(([, name, calls]) => [name, Number(calls)]).filter(([name]) => !NOT_COUNTED.test(name)))
    },
    stop() {
      process.off('exit', stop)
      stop()
    },
  }
}

/** The commands between two counts, per operation. */
export function commandsPer(operations, before, after) {
  const shares = [...after].map(([name, calls]) => [name, (calls - (before.get(name) ?? 0)) / operations])
  return { total: shares.reduce((sum, [, share]) => sum + share, 0), shares }
}

/** As text, `get 1.00, expire 1.00`. What came less than once in a hundred operations is left out. */
export function commandsText({ shares }) {
  const told = shares.filter(([, share]) => share >= 0.01).map(([name, share]) => `${name} ${share.toFixed(2)}`)
  return told.length === 0 ? '0' : told.join(', ')
}
