import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { plant, script } from './plant.js'

const { buildIfStale } = await script<{ readonly buildIfStale: (root: string) => Promise<number> }>('lib/build-packages.mjs')

const said: string[] = []
beforeEach(() => {
  said.length = 0
  for (const stream of ['log', 'error'] as const) vi.spyOn(console, stream).mockImplementation((text: string) => void said.push(text))
})

/** Stands in for tsdown: writes down that it ran, and copies src/ to where it is told to; fails on a source that says so. */
const TSDOWN = `
import { appendFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs'
const out = process.argv[process.argv.indexOf('--out-dir') + 1]
appendFileSync('../../runs', process.cwd().split('/').at(-1) + ' ')
mkdirSync(out, { recursive: true })
cpSync('src', out, { recursive: true })
if (readFileSync('src/index.js', 'utf8').includes('broken')) process.exit(3)
`

const manifest = JSON.stringify({ exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } } })

function repository(): { readonly root: string; readonly runs: () => string; readonly write: (path: string, text: string) => void } {
  const own = (folder: string): Record<string, string> => ({
    [`${folder}/package.json`]: manifest,
    [`${folder}/src/index.js`]: 'one',
    [`${folder}/src/index.d.ts`]: 'one',
  })
  const root = plant({
    'package-lock.json': '{}',
    'tsconfig.json': '{}',
    'scripts/lib/build-packages.mjs': '',
    'node_modules/tsdown/dist/run.mjs': TSDOWN,
    runs: '',
    ...own('packages/sojourn'),
    ...own('packages/server'),
  })
  const runs = (): string => {
    const text = readFileSync(join(root, 'runs'), 'utf8').trim()
    writeFileSync(join(root, 'runs'), '')
    return text
  }
  return { root, runs, write: (path, text) => writeFileSync(join(root, path), text) }
}

it('builds both packages once, and then only what has changed', async () => {
  const { root, runs, write } = repository()
  expect(await buildIfStale(root)).toBe(0)
  expect(runs()).toBe('sojourn server')
  expect(await buildIfStale(root)).toBe(0)
  expect(runs()).toBe('')

  write('packages/server/src/index.js', 'two')
  expect(await buildIfStale(root)).toBe(0)
  expect(runs()).toBe('server')
  expect(readFileSync(join(root, 'packages/server/dist/index.js'), 'utf8')).toBe('two')
})

it('builds everything again when a dependency or the configuration changed', async () => {
  const { root, runs, write } = repository()
  await buildIfStale(root)
  runs()
  for (const path of ['package-lock.json', 'tsconfig.json']) {
    write(path, '{ "changed": true }')
    await buildIfStale(root)
    expect(runs(), path).toBe('sojourn server')
  }
})

it('builds again what somebody deleted', async () => {
  const { root, runs } = repository()
  await buildIfStale(root)
  runs()
  rmSync(join(root, 'packages/sojourn/dist/index.d.ts'))
  await buildIfStale(root)
  expect(runs()).toBe('sojourn')
  expect(existsSync(join(root, 'packages/sojourn/dist/index.d.ts'))).toBe(true)
})

it('leaves the last good build where it is when a build fails, and tries again next time', async () => {
  const { root, runs, write } = repository()
  await buildIfStale(root)
  runs()
  write('packages/sojourn/src/index.js', 'broken')
  expect(await buildIfStale(root)).toBe(3)
  expect(await buildIfStale(root)).toBe(3)
  expect(runs()).toBe('sojourn sojourn')
  expect(readFileSync(join(root, 'packages/sojourn/dist/index.js'), 'utf8')).toBe('one')
  expect(readdirSync(join(root, 'packages/sojourn/.cache'))).toEqual([])
})

it('fails when a build leaves out what the package promises', async () => {
  const { root, write } = repository()
  write('packages/sojourn/package.json', manifest.replace('index.d.ts', 'other.d.ts'))
  expect(await buildIfStale(root)).toBe(1)
  expect(said.join()).toMatch(/left out what its package\.json names:\n.*\/dist\/other\.d\.ts/)
})
