import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles } from './list-files.mjs'
import { run } from './run.mjs'

/** In the order in which they are built. */
const PACKAGES = ['packages/sojourn', 'packages/server']

/** What decides how every package is built, beside its own files. */
const COMMON = ['package-lock.json', 'tsconfig.json', 'scripts/lib/build-packages.mjs']

const OWN_FILE = /\/(?:package|entries)\.json$|\/tsdown\.config\.ts$|\/src\//

const stampOf = (root, folder) => join(root, 'node_modules/.cache/sojourn', `${folder.replaceAll('/', '-')}.hash`)

function hashOfInputs(root, folder) {
  const hash = createHash('sha256').update(process.versions.node)
  for (const path of [...COMMON, ...listFiles(root, [folder]).filter((file) => OWN_FILE.test(file))]) {
    const content = readFileSync(join(root, path))
    hash.update(`\n${path} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

/** Every file below dist/ that package.json names. */
function promisedFiles(root, folder) {
  const manifest = readFileSync(join(root, folder, 'package.json'), 'utf8')
  return [...new Set(manifest.match(/(?<=")\.\/dist\/[^"*]+(?=")/g) ?? [])].map((path) => join(root, folder, path))
}

function isBuilt(root, folder, hash) {
  const stamp = stampOf(root, folder)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash && promisedFiles(root, folder).every((path) => existsSync(path))
}

/** Puts the new dist/ in the place of the old one at once, so whoever starts meanwhile finds a whole one. */
function exchange(built, dist, aside) {
  rmSync(aside, { recursive: true, force: true })
  if (existsSync(dist)) renameSync(dist, aside)
  renameSync(built, dist)
  rmSync(aside, { recursive: true, force: true })
}

async function buildPackage(root, folder) {
  const hash = hashOfInputs(root, folder)
  if (isBuilt(root, folder, hash)) return 0
  const started = Date.now()
  const built = join(root, folder, '.cache', `dist-${process.pid}`)
  const tsdown = join(root, 'node_modules/tsdown/dist/run.mjs')
  const { code, output } = await run(process.execPath, [tsdown, '--out-dir', built], { cwd: join(root, folder), capture: true })
  if (code !== 0) {
    console.error(`${output}\nbuilding ${folder} failed`)
    rmSync(built, { recursive: true, force: true })
    return code
  }
  exchange(built, join(root, folder, 'dist'), `${built}-old`)
  const missing = promisedFiles(root, folder).filter((path) => !existsSync(path))
  if (missing.length > 0) {
    console.error(`${output}\nbuilding ${folder} left out what its package.json names:\n  ${missing.join('\n  ')}`)
    return 1
  }
  mkdirSync(join(root, 'node_modules/.cache/sojourn'), { recursive: true })
  writeFileSync(stampOf(root, folder), hash)
  console.log(`built ${folder} in ${Date.now() - started} ms`)
  return 0
}

/** Builds the packages whose inputs have changed since they were built. Answers 0, or the exit code of the first failure. */
export async function buildIfStale(root) {
  for (const folder of PACKAGES) {
    const code = await buildPackage(root, folder)
    if (code !== 0) return code
  }
  return 0
}
