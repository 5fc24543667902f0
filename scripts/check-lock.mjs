// Every package that package-lock.json asks for must have an entry in it, also those for other systems than this one:
// npm leaves out an optional package that it could not fetch, and from then on `npm ci` refuses the file everywhere.
// `--write` adds what is missing. Also: no address of a registry, so the file serves behind any mirror.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { report } from './lib/report.mjs'
import { rootArgument } from './lib/root.mjs'

const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const CPU = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']
const LIBC = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' }

/** Whether `name` is found from the package at `path`, looking up the folders as Node does. */
function isListed(packages, path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    if (packages[`${folder}${folder === '' ? '' : '/'}node_modules/${name}`] !== undefined) return true
    if (folder === '') return false
  }
}

function missingPackages(packages) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isListed(packages, path, name))
      .map(([name, version]) => ({ name, version, dev, by: path })),
  )
}

/** The entry that npm would write, as far as the package's name tells it: for which system it is. */
function entryFor({ name, version, dev }) {
  const words = name.split(/[/-]/)
  const pick = (known) => words.filter((word) => known.includes(word)).slice(-1)
  const [os, cpu, libc] = [pick(OS), pick(CPU), pick(Object.keys(LIBC)).map((word) => LIBC[word])]
  if (!/^\d+\.\d+\.\d+\S*$/.test(version) || os.length === 0 || cpu.length === 0) return undefined
  return { version, cpu, ...(dev && { dev }), ...(libc.length > 0 && { libc }), optional: true, os }
}

function complete(lock, missing) {
  const added = missing.flatMap((wanted) => {
    const entry = entryFor(wanted)
    return entry === undefined ? [] : [[`node_modules/${wanted.name}`, entry]]
  })
  const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(added) })
  return { ...lock, packages: Object.fromEntries(packages.sort(([a], [b]) => a.localeCompare(b, 'en'))) }
}

/** The folders that have a lock file of their own: the tree itself, and examples, which are installed by themselves. */
function lockedFolders(root) {
  const examples = join(root, 'examples')
  const names = existsSync(examples) ? readdirSync(examples).map((name) => `examples/${name}`) : []
  return ['.', ...names].filter((folder) => existsSync(join(root, folder, 'package-lock.json')))
}

function faultsOf(lock) {
  return [
    ...missingPackages(lock.packages).map(
      ({ name, by }) => `${name}, wanted by ${by}, has no entry: run node scripts/check-lock.mjs --write`,
    ),
    ...Object.entries(lock.packages)
      .filter(([, { resolved = '' }]) => /^\w+:\/\//.test(resolved))
      .map(([path]) => `${path} names the registry it came from: set npm's omit-lockfile-registry-resolved and install again`),
  ]
}

const write = process.argv.includes('--write')
if (write) process.argv.splice(process.argv.indexOf('--write'), 1)
const root = rootArgument()

const locks = lockedFolders(root).map((folder) => {
  const file = join(root, folder, 'package-lock.json')
  const found = JSON.parse(readFileSync(file, 'utf8'))
  const lock = write ? complete(found, missingPackages(found.packages)) : found
  if (write) writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`)
  return { folder, lock }
})
const faults = locks.flatMap(({ folder, lock }) => faultsOf(lock).map((fault) => (folder === '.' ? fault : `${folder}: ${fault}`)))
const packages = locks.reduce((sum, { lock }) => sum + Object.keys(lock.packages).length, 0)
report('package-lock.json', faults, `${packages} packages`)
