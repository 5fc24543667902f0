import { accessSync, constants, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './lib/run.mjs'

/** The servers and interpreters that tests can ask for: names to look for, folders off the path, and Debian's package. */
const PROGRAMS = {
  'redis-server': { names: ['redis-server'], debian: 'redis-server' },
  'redis-sentinel': { names: ['redis-sentinel'], debian: 'redis-sentinel' },
  'redis-cli': { names: ['redis-cli'], debian: 'redis-tools' },
  // Debian keeps it beside the programs of the administrator, which are not in every user's path.
  pgbouncer: { names: ['pgbouncer'], folders: ['/usr/sbin'], debian: 'pgbouncer' },
  memcached: { names: ['memcached'], debian: 'memcached' },
  // Debian keeps the server out of the path: /usr/lib/postgresql/15/bin.
  postgres: { names: ['postgres'], below: '/usr/lib/postgresql', debian: 'postgresql' },
  chromium: { names: ['chromium', 'chromium-browser', 'google-chrome'], debian: 'chromium' },
  php: { names: ['php'], debian: 'php-cli' },
  python3: { names: ['python3'], debian: 'python3' },
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'ENOTDIR') return false
    throw error
  }
}

function foldersBelow(folder) {
  try {
    return readdirSync(folder).map((version) => join(folder, version, 'bin'))
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}

/** Where the program is, or undefined. `searchPath` is shaped as the environment's PATH. */
export function findProgram(program, searchPath = process.env.PATH ?? '') {
  const { names, below, folders: more = [] } = PROGRAMS[program]
  const folders = [...searchPath.split(':').filter((folder) => folder !== ''), ...more, ...(below === undefined ? [] : foldersBelow(below))]
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

/** Installs Debian packages. Answers false where this user may not, or apt has none of them. */
async function installDebian(packages) {
  if (process.getuid?.() !== 0 || findOnPath('apt-get') === undefined) return false
  // RUNLEVEL=1 keeps the packages from starting their services: the tests start their own.
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } }
  console.log(`installing ${packages.join(' ')} (apt-get) …`)
  await run('apt-get', ['update', '-qq'], options)
  const { code } = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options)
  return code === 0
}

const findOnPath = (name) =>
  (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find(isExecutable)

/**
 * Finds every program, installing what is missing where that is allowed, and answers their paths by name. Throws one error
 * with the one line that mends it: a test that needs a server never passes by being left out.
 */
export async function requirePrograms(programs, { searchPath = process.env.PATH ?? '', install = installDebian } = {}) {
  const missing = () => programs.filter((program) => findProgram(program, searchPath) === undefined)
  const packages = missing().map((program) => PROGRAMS[program].debian)
  if (packages.length > 0) await install(packages)
  const still = missing()
  if (still.length > 0) {
    const wanted = still.map((program) => PROGRAMS[program].debian).join(' ')
    throw new Error(`The tests need ${still.join(', ')}. Install with: sudo apt-get update && sudo apt-get install -y ${wanted}`)
  }
  return Object.fromEntries(programs.map((program) => [program, findProgram(program, searchPath)]))
}
