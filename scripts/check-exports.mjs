// One list of public subpaths, packages/sojourn/entries.json; package.json, tsconfig.json, vitest, tsdown and dist/ must agree.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles } from './lib/list-files.mjs'
import { report } from './lib/report.mjs'
import { rootArgument } from './lib/root.mjs'

const LIBRARY = 'packages/sojourn'
const SERVER = 'packages/server'

const root = rootArgument()
const text = (path) => readFileSync(join(root, path), 'utf8')
const json = (path) => JSON.parse(text(path))
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)

const outputOf = (subpath) => (subpath === '.' ? './dist/index' : `./dist/${subpath.slice('./'.length)}`)

/** As TypeScript and Node read it: in each condition the types come first, and they have the format of the code beside them. */
function exportOf(subpath) {
  const output = outputOf(subpath)
  return {
    import: { types: `${output}.d.ts`, default: `${output}.js` },
    require: { types: `${output}.d.cts`, default: `${output}.cjs` },
  }
}

function faultsOfManifest(entries, { exports: found, main, types, files }) {
  const wanted = Object.fromEntries([
    ...Object.keys(entries).map((subpath) => [subpath, exportOf(subpath)]),
    ['./package.json', './package.json'],
  ])
  return [
    ...Object.keys(wanted)
      .filter((subpath) => !same(found?.[subpath], wanted[subpath]))
      .map((subpath) => `${LIBRARY}/package.json: exports["${subpath}"] is not ${JSON.stringify(wanted[subpath])}`),
    ...Object.keys(found ?? {})
      .filter((subpath) => wanted[subpath] === undefined)
      .map((subpath) => `${LIBRARY}/package.json exports ${subpath}, which entries.json does not have`),
    ...(main === './dist/index.cjs' && types === './dist/index.d.cts'
      ? []
      : [`${LIBRARY}/package.json: main and types are not those of the root export`]),
    ...(same(files, ['dist']) ? [] : [`${LIBRARY}/package.json: files is not ["dist"], where everything that is exported lies`]),
  ]
}

function faultsOfSources(entries) {
  return Object.entries(entries)
    .filter(([, source]) => !existsSync(join(root, LIBRARY, source)))
    .map(([subpath, source]) => `${LIBRARY}/entries.json: the source of ${subpath}, ${source}, does not exist`)
}

function faultsOfPaths(entries, { paths = {} }) {
  const wanted = Object.fromEntries(
    Object.entries(entries).map(([subpath, source]) => [`sojourn${subpath.slice(1)}`, [`./${LIBRARY}/${source}`]]),
  )
  return [...new Set([...Object.keys(wanted), ...Object.keys(paths)])]
    .filter((name) => !same(paths[name], wanted[name]))
    .map((name) => `tsconfig.json: paths["${name}"] is not ${JSON.stringify(wanted[name] ?? 'absent')}`)
}

/** These two take the list itself, so that there is nothing to keep in step. */
function faultsOfReaders() {
  return ['vitest.config.ts', `${LIBRARY}/tsdown.config.ts`]
    .filter((path) => !/import \w+ from '[./\w]*\/entries\.json'/.test(text(path)))
    .map((path) => `${path} does not import entries.json`)
}

/** What was built is what is promised. Nothing to say where nothing was built. */
function faultsOfBuild(entries) {
  if (!existsSync(join(root, LIBRARY, 'dist'))) return []
  const promised = Object.keys(entries).flatMap((subpath) => Object.values(exportOf(subpath)).flatMap(Object.values))
  return promised
    .filter((path) => !existsSync(join(root, LIBRARY, path)))
    .map((path) => `${LIBRARY}: ${path} is exported and was not built`)
}

function faultsOfServer({ bin, exports: found, dependencies }, { version }) {
  const sources = new Set(listFiles(root, [`${SERVER}/src`]))
  const outputs = [...Object.values(bin ?? {}), found?.['.']?.default].map((path) =>
    String(path).replace(/^\.\/dist\/(.*)\.js$/, `${SERVER}/src/$1.ts`),
  )
  return [
    ...outputs
      .filter((path) => !sources.has(path))
      .map((path) => `${SERVER}/package.json names the output of ${path}, which does not exist`),
    ...(dependencies?.sojourn === version
      ? []
      : [`${SERVER}/package.json depends on sojourn ${dependencies?.sojourn}, and this is ${version}`]),
  ]
}

const entries = json(`${LIBRARY}/entries.json`)
const library = json(`${LIBRARY}/package.json`)
const faults = [
  ...faultsOfManifest(entries, library),
  ...faultsOfSources(entries),
  ...faultsOfPaths(entries, json('tsconfig.json').compilerOptions),
  ...faultsOfReaders(),
  ...faultsOfBuild(entries),
  ...faultsOfServer(json(`${SERVER}/package.json`), library),
]
report('exports', faults, `${Object.keys(entries).length} subpaths`)
