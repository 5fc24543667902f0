import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildIfStale } from './build-packages.mjs'
import { installIfStale } from './install.mjs'
import { listFiles } from './list-files.mjs'
import { REPOSITORY } from './root.mjs'
import { run } from './run.mjs'

/** Examples that share the sources of another one: the same application on an older major. The copies are not kept in git. */
const COPIES = { 'next-15': { from: 'next', parts: ['app', 'lib', 'next.config.ts'] } }

/** Where an example lies. */
export const exampleFolder = (name) => join(REPOSITORY, 'examples', name)

/** What an example is built from, in one text. */
function hashOf(folder) {
  const hash = createHash('sha256').update(`${process.versions.node} ${readFileSync(join(folder, 'node_modules/sojourn/.hash'), 'utf8')}`)
  for (const path of listFiles(folder, ['.'])) {
    const content = readFileSync(join(folder, path))
    hash.update(`\n${path} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

const isStamped = (stamp, hash) => existsSync(stamp) && readFileSync(stamp, 'utf8') === hash

/**
 * Puts the package as it would be published beside the others that the example installed: an example then stands for itself,
 * as in a project of its own, and bundlers see a package and no folder of this repository.
 */
function placeSojourn(folder) {
  const source = join(REPOSITORY, 'packages/sojourn')
  const hash = readFileSync(join(REPOSITORY, 'node_modules/.cache/sojourn/packages-sojourn.hash'), 'utf8')
  const place = join(folder, 'node_modules/sojourn')
  if (isStamped(join(place, '.hash'), hash)) return
  const draft = `${place}-${process.pid}`
  mkdirSync(draft, { recursive: true })
  for (const part of ['package.json', 'dist']) cpSync(join(source, part), join(draft, part), { recursive: true })
  writeFileSync(join(draft, '.hash'), hash)
  rmSync(place, { recursive: true, force: true })
  renameSync(draft, place)
}

function copySources(name, folder) {
  const { from, parts } = COPIES[name] ?? { parts: [] }
  for (const part of parts) {
    rmSync(join(folder, part), { recursive: true, force: true })
    cpSync(join(exampleFolder(from), part), join(folder, part), { recursive: true })
  }
}

/** Builds an example that has to be built, unless its sources and what it is built with are what they were. */
async function buildExample(folder) {
  const { scripts = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (scripts.build === undefined) return 0
  const stamp = join(folder, '.cache/built.hash')
  if (isStamped(stamp, hashOf(folder))) return 0
  const started = Date.now()
  console.log(`building ${folder} (${scripts.build}) …`)
  const [program, ...args] = scripts.build.split(' ')
  // It would ask the registry to complete the lock file, which scripts/check-lock.mjs does.
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NEXT_IGNORE_INCORRECT_LOCKFILE: '1' }
  const { code, output } = await run(join(folder, 'node_modules/.bin', program), args, { cwd: folder, env, capture: true })
  if (code !== 0) {
    console.error(`${output}\nbuilding ${folder} failed`)
    return code
  }
  mkdirSync(join(folder, '.cache'), { recursive: true })
  // The build writes among the sources: a file of types, and what it wants in tsconfig.json.
  writeFileSync(stamp, hashOf(folder))
  console.log(`built in ${Math.round((Date.now() - started) / 1000)} s`)
  return 0
}

/** Installs, builds and puts in place what an example needs and does not have. Throws with the one line that mends it. */
export async function prepareExample(name) {
  const folder = exampleFolder(name)
  if ((await buildIfStale(REPOSITORY)) !== 0) throw new Error('The packages could not be built. Look with: npm run build')
  if (existsSync(join(folder, 'package-lock.json')) && (await installIfStale(folder)) !== 0)
    throw new Error(`The packages of examples/${name} could not be installed. With a registry in reach: npm ci --prefix examples/${name}`)
  placeSojourn(folder)
  copySources(name, folder)
  if ((await buildExample(folder)) !== 0)
    throw new Error(`examples/${name} could not be built. Look with: npm run build --prefix examples/${name}`)
  return folder
}
