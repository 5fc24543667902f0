import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { judge, plant, REPOSITORY } from './plant.js'

const LISTS = [
  'tsconfig.json',
  'vitest.config.ts',
  'packages/sojourn/entries.json',
  'packages/sojourn/package.json',
  'packages/sojourn/tsdown.config.ts',
  'packages/server/package.json',
]

/** The lists of this repository, over empty sources. */
function lists(): Record<string, string> {
  const files = Object.fromEntries(LISTS.map((path) => [path, readFileSync(join(REPOSITORY, path), 'utf8')]))
  const entries: Record<string, string> = JSON.parse(files['packages/sojourn/entries.json']!)
  const sources = Object.values(entries).map((path) => [`packages/sojourn/${path}`, 'export {}\n'])
  return { ...files, ...Object.fromEntries(sources), 'packages/server/src/index.ts': '', 'packages/server/src/cli.ts': '' }
}

function changed(path: string, from: string | RegExp, to: string): Record<string, string> {
  const files = lists()
  const text = files[path]!.replace(from, to)
  expect(text, 'the fault was planted').not.toBe(files[path])
  return { ...files, [path]: text }
}

const without = (path: string): Record<string, string> => Object.fromEntries(Object.entries(lists()).filter(([name]) => name !== path))

const faults: readonly (readonly [string, () => Record<string, string>, RegExp])[] = [
  [
    'a subpath that is not exported',
    () => changed('packages/sojourn/package.json', '"./errors"', '"./fehler"'),
    /exports\["\.\/errors"\] is not/,
  ],
  [
    'an export without a source',
    () => changed('packages/sojourn/package.json', '"./errors"', '"./fehler"'),
    /exports \.\/fehler, which entries/,
  ],
  [
    'types that come after the code',
    () => changed('packages/sojourn/package.json', /("types": "\.\/dist\/index\.d\.ts"),\s*("default": "\.\/dist\/index\.js")/, '$2, $1'),
    /exports\["\."\] is not/,
  ],
  [
    'a manifest that cannot be read',
    () => changed('packages/sojourn/package.json', '"./package.json": "./package.json"', '"./x": "./x"'),
    /"\.\/package\.json"\] is not/,
  ],
  [
    'a source that is gone',
    () => without('packages/sojourn/src/store/memory.ts'),
    /the source of \.\/memory, src\/store\/memory\.ts, does not exist/,
  ],
  [
    'a path that leads elsewhere',
    () => changed('tsconfig.json', 'src/store/memory.ts', 'src/store/store.ts'),
    /paths\["sojourn\/memory"\] is not/,
  ],
  [
    'a path to nothing',
    () => changed('tsconfig.json', '"sojourn/errors"', '"sojourn/fehler"'),
    /paths\["sojourn\/fehler"\] is not "absent"/,
  ],
  [
    'aliases of its own in vitest',
    () => changed('vitest.config.ts', /import entries .*/, 'const entries = {}'),
    /vitest\.config\.ts does not import entries/,
  ],
  [
    'entries of its own in tsdown',
    () => changed('packages/sojourn/tsdown.config.ts', /import sources .*/, 'const sources = {}'),
    /tsdown\.config\.ts does not import entries/,
  ],
  ['a command without a source', () => without('packages/server/src/cli.ts'), /names the output of packages\/server\/src\/cli\.ts/],
  [
    'a service for another version',
    () => changed('packages/server/package.json', /"sojourn": "\d+\.\d+\.\d+"/, '"sojourn": "9.9.9"'),
    /depends on sojourn 9\.9\.9/,
  ],
  [
    'a build that left something out',
    () => ({ ...lists(), 'packages/sojourn/dist/index.js': '' }),
    /\.\/dist\/index\.cjs is exported and was not built/,
  ],
]

describe('check-exports', () => {
  it('finds nothing where all lists agree', async () => {
    const { code, output } = await judge('check-exports.mjs', plant(lists()))
    expect(output).toMatch(/^exports: no faults in \d+ subpaths\n$/)
    expect(code).toBe(0)
  })

  it.each(faults)('finds %s', async (_, files, line) => {
    const { code, output } = await judge('check-exports.mjs', plant(files()))
    expect(output).toMatch(line)
    expect(code).toBe(1)
  })
})
