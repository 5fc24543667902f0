// The direction of imports: docs/architecture.md, section 2, as a table. A file may import what its room may, and its own room.
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { listFiles } from './lib/list-files.mjs'
import { report } from './lib/report.mjs'
import { rootArgument } from './lib/root.mjs'
import { importsOf, parse, place } from './lib/syntax.mjs'

const LIBRARY = 'packages/sojourn'
const SERVER = 'packages/server'

/** Names of single files (`errors`, `store/store`) and of whole rooms (`crypto/`). */
const ROOTS = ['errors', 'clock', 'session', 'sessions']
const SHAPES = ['store/store', 'signal/signal', 'legacy/source']

/** What each room of the library may import beside itself. A room that is not here must be given a line here first. */
const MAY_IMPORT = {
  errors: ROOTS,
  clock: ROOTS,
  session: ROOTS,
  sessions: ROOTS,
  duration: ROOTS,
  revocations: ROOTS,
  device: ROOTS,
  config: [...ROOTS, ...SHAPES, 'events/', 'outage-options', 'proof-options', 'risk-options'],
  settings: [...ROOTS, 'config', 'settings/', 'risk-settings', 'proof-settings', 'outage-settings'],
  'settings/': [...ROOTS, 'config', 'duration'],
  'risk-settings': [...ROOTS, 'config', 'duration'],
  'risk-options': [...ROOTS, 'config'],
  'proof-options': [...ROOTS, 'config'],
  'outage-options': [...ROOTS, ...SHAPES, 'config'],
  'outage-settings': [...ROOTS, 'outage-options', 'settings/'],
  manager: [...ROOTS, ...SHAPES, 'device', 'revocations', 'events/', 'crypto/', 'coherence/', 'outage/'],
  'proof-settings': [...ROOTS, 'config'],
  'require-recent-auth': [...ROOTS, 'duration'],
  'public-reason': ROOTS,
  'input/': ROOTS,
  'crypto/': ROOTS,
  'token/': [...ROOTS, 'crypto/'],
  'policy/': [...ROOTS, 'settings', 'settings/'],
  'store/': [...ROOTS, 'signal/signal'],
  'signal/': ROOTS,
  'events/': ROOTS,
  'policy-document': [...ROOTS, 'config', 'settings', 'policy/'],
  'keyring/': [...ROOTS, ...SHAPES, 'crypto/', 'events/'],
  'coherence/': [...ROOTS, ...SHAPES, 'crypto/', 'events/'],
  'outage/': [...ROOTS, ...SHAPES, 'events/'],
  'engine/': [
    'outage/',
    ...ROOTS,
    ...SHAPES,
    'config',
    'duration',
    'manager',
    'revocations',
    'settings',
    'settings/',
    'input/',
    'crypto/',
    'token/',
    'policy/',
    'events/',
    'keyring/',
    'coherence/',
  ],
  'dpop/': [...ROOTS, 'proof-settings', 'crypto/', 'token/', 'engine/'],
  'dbsc/': [...ROOTS, 'device', 'proof-settings', 'input/', 'crypto/', 'token/', 'engine/'],
  'verifier/': [...ROOTS, 'duration', 'revocations', 'crypto/', 'token/'],
  'legacy/': [...ROOTS, 'crypto/'],
  'express-session/': [...ROOTS, ...SHAPES, 'config', 'duration', 'open-store', 'crypto/', 'coherence/', 'events/', 'http/'],
  'fastify-session/': [...ROOTS, 'crypto/', 'express-session/'],
  'moving/': [...ROOTS, ...SHAPES, 'store/copy-row', 'crypto/', 'keyring/'],
  'client/': ROOTS,
  'http/': [...ROOTS, 'device', 'duration', 'require-recent-auth', 'crypto/', 'events/', 'input/'],
  'login/': ROOTS,
  'report/': ROOTS,
  'testing/': [...ROOTS, ...SHAPES],
  'create-session-manager': 'everything',
  'open-store': 'everything',
  'open-aside': 'everything',
  'open-high-water': 'everything',
  index: 'everything',
}

/**
 * Each adapter stands alone, so that deleting it breaks nothing but its own test: `store/redis.ts`, and its parts in
 * `store/redis-*.ts` or `store/redis/`. The other files of these rooms are shared by them.
 */
const ADAPTERS = {
  'store/': ['memory', 'sqlite', 'postgres', 'redis', 'memcached'],
  'signal/': ['local', 'sqlite', 'postgres', 'redis'],
}

/** The only packages that the library names, and the adapters that do. Node's own modules are free, but for node:crypto (check-sources). */
const PACKAGES = {
  '@photostructure/sqlite': ['sqlite'],
  '@redis/client': ['redis'],
  ioredis: ['redis'],
  pg: ['postgres'],
}

const BUILTIN = new Set(builtinModules)

const roomOf = (file) => (file.includes('/') ? file.slice(0, file.indexOf('/') + 1) : file)

/** The adapter of which a file is a part, or undefined. */
function adapterOf(file) {
  const room = roomOf(file)
  const own = file.slice(room.length)
  return ADAPTERS[room]?.find((name) => own === name || own.startsWith(`${name}-`) || own.startsWith(`${name}/`))
}

function mayImport(from, to) {
  const allowed = MAY_IMPORT[roomOf(from)]
  if (allowed === 'everything' || allowed.includes(to) || allowed.includes(roomOf(to))) return true
  if (roomOf(from) !== roomOf(to)) return false
  return adapterOf(to) === undefined || adapterOf(to) === adapterOf(from)
}

function explain(from) {
  const room = roomOf(from)
  const own = ADAPTERS[room] === undefined ? room : `what is shared in ${room} and the parts of its own adapter`
  return `${room} may import ${[...MAY_IMPORT[room], own].join(', ')}`
}

function faultOfPackage(specifier, from) {
  if (specifier.startsWith('node:')) return undefined
  if (BUILTIN.has(specifier)) return `imports ${specifier} without node:`
  if (PACKAGES[specifier]?.includes(adapterOf(from))) return undefined
  return `imports the package ${specifier}; the library has no dependency, and a driver is named by its own adapter only`
}

/** A relative import as a file of the same package, without its ending; undefined when it leaves src/. */
function target(path, specifier, src) {
  const resolved = posix.join(posix.dirname(path), specifier).replace(/\.(?:js|ts|json)$/, '')
  return resolved.startsWith(`${src}/`) ? resolved.slice(src.length + 1) : undefined
}

function faultInLibrary(path, specifier) {
  const src = `${LIBRARY}/src`
  const from = path.slice(src.length + 1).replace(/\.ts$/, '')
  if (!specifier.startsWith('.')) return faultOfPackage(specifier, from)
  if (!specifier.endsWith('.js')) return `imports ${specifier} without .js`
  const to = target(path, specifier, src)
  if (to === undefined) return `imports ${specifier}, which lies outside src/`
  return mayImport(from, to) ? undefined : `imports ${to}; ${explain(from)}`
}

function faultInServer(path, specifier, manifests) {
  if (specifier.startsWith('.')) {
    if (!/\.(?:js|json)$/.test(specifier)) return `imports ${specifier} without .js`
    return target(path, specifier, `${SERVER}/src`) === undefined ? `imports ${specifier}, which lies outside src/` : undefined
  }
  if (specifier.startsWith('node:')) return undefined
  if (BUILTIN.has(specifier)) return `imports ${specifier} without node:`
  const [scope, name] = specifier.split('/')
  const dependency = specifier.startsWith('@') ? `${scope}/${name}` : scope
  if (manifests.server.dependencies?.[dependency] === undefined) return `imports ${specifier}, which is no dependency of the service`
  const subpath = `.${specifier.slice(dependency.length)}`
  if (dependency === 'sojourn' && manifests.library.exports[subpath] === undefined)
    return `imports ${specifier}, which sojourn does not export`
  return undefined
}

function faultsOf(root, paths, judge) {
  return paths.flatMap((path) => {
    const source = parse(root, path)
    return importsOf(source).flatMap(({ specifier, node }) => {
      const fault = judge(path, specifier)
      return fault === undefined ? [] : [`${place(source, node)} ${fault}`]
    })
  })
}

const root = rootArgument()
const manifestOf = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
const manifests = { library: manifestOf(LIBRARY), server: manifestOf(SERVER) }
const sources = (folder) => listFiles(root, [`${folder}/src`]).filter((path) => path.endsWith('.ts'))
const library = sources(LIBRARY)
const files = library.map((path) => path.slice(`${LIBRARY}/src/`.length).replace(/\.ts$/, ''))
const homeless = files.filter((file) => MAY_IMPORT[roomOf(file)] === undefined)
const housed = library.filter((_, index) => !homeless.includes(files[index]))

const faults = [
  ...homeless.map((file) => `${LIBRARY}/src/${file}.ts stands in no room that scripts/check-imports.mjs knows`),
  ...faultsOf(root, housed, faultInLibrary),
  ...faultsOf(root, sources(SERVER), (path, specifier) => faultInServer(path, specifier, manifests)),
]
report('imports', faults, `${library.length + sources(SERVER).length} files`)
