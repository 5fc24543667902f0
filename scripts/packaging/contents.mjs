// Run inside a project where only the library is installed.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync('node_modules/sojourn/package.json', 'utf8'))
const folders = readdirSync('node_modules').filter((name) => !name.startsWith('.'))
assert.deepEqual(folders, ['sojourn'], 'nothing else was installed')
assert.deepEqual(manifest.dependencies ?? {}, {}, 'no runtime dependency')

const files = readdirSync('node_modules/sojourn', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.slice('node_modules/sojourn/'.length))
const strangers = files.filter((path) => !/^(?:dist\/[\w-]+\.(?:js|cjs|d\.ts|d\.cts)|package\.json|LICENSE|README\.md)$/.test(path))
assert.deepEqual(strangers, [], 'only built files, the manifest, the licence and the README')
assert.ok(files.includes('LICENSE'), 'the licence is part of the package')
