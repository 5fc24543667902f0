// Turns the sources of the library and of its simulation into JavaScript that plain Node runs, in a folder of its own.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { listFiles } from '../lib/list-files.mjs'
import { youngFunctions } from './young-functions.mjs'

const LIBRARY = 'packages/sojourn'
const FOLDERS = ['src', 'test/simulation']
const COMPILER = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true }

export const compile = (text, fileName) =>
  ts.transpileModule(text, { compilerOptions: COMPILER, fileName, transformers: { after: [youngFunctions] } }).outputText

/** Where the library computes tags, derives keys and seals; in the simulation what was computed before is remembered, and seals are marks. */
const CRYPTO = ['src/crypto/hash.ts', 'src/crypto/seal.ts']
const remembering = (path, text) =>
  CRYPTO.includes(path) ? text.replace("'node:crypto'", "'../../test/simulation/remembered-crypto.js'") : text

/** Writes everything below `out`; `patch(path, text)` may change a source on its way. */
export function buildSimulation(root, out, patch = (_path, text) => text) {
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }')
  for (const path of listFiles(join(root, LIBRARY), FOLDERS)) {
    if (!path.endsWith('.ts') || path.endsWith('.test.ts')) continue
    const target = join(out, path.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, compile(remembering(path, patch(path, readFileSync(join(root, LIBRARY, path), 'utf8'))), path))
  }
  return join(out, 'test/simulation/worker.js')
}
