import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runNpm } from './run.mjs'

const HEARTBEAT_MS = 5_000

const readPackages = (path) => JSON.parse(readFileSync(path, 'utf8')).packages

/**
 * True when node_modules holds what package-lock.json says. npm writes its own record (node_modules/.package-lock.json)
 * last, so an installation that was broken off counts as missing.
 */
export function isInstalled(root) {
  const record = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  const installed = readPackages(record)
  return Object.entries(readPackages(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true
    const found = installed[path]
    // Builds for other platforms are in the lock file and on no single machine.
    if (found === undefined) return wanted.optional === true
    return found.version === wanted.version && found.integrity === wanted.integrity && existsSync(join(root, path))
  })
}

/** Installs exactly what package-lock.json says, unless it is there already. Answers npm's exit code. */
export async function installIfStale(root) {
  if (isInstalled(root)) return 0
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  console.log('installing dependencies (npm ci) …')
  const heartbeat = setInterval(() => console.log(`installing … ${seconds()} s`), HEARTBEAT_MS)
  // No dependency needs its install script; --include=dev because NODE_ENV=production would leave the build tools out.
  const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { code } = await runNpm(args, { cwd: root }).finally(() => clearInterval(heartbeat))
  console.log(code === 0 ? `installed in ${seconds()} s` : `npm ci failed with exit code ${code}; its message stands above`)
  return code
}
