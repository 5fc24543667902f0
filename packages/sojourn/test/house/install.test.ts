import { expect, it } from 'vitest'
import { plant, script } from './plant.js'

const { isInstalled } = await script<{ readonly isInstalled: (root: string) => boolean }>('lib/install.mjs')

const wanted = {
  '': { name: 'root' },
  'packages/a': { name: 'a' },
  'node_modules/a': { resolved: 'packages/a', link: true },
  'node_modules/b': { version: '1.0.0', integrity: 'sha512-b' },
  'packages/a/node_modules/b': { version: '2.0.0', integrity: 'sha512-bb' },
  'node_modules/c-darwin': { version: '1.0.0', integrity: 'sha512-c', optional: true },
}

type Packages = Record<string, Record<string, unknown>>

const { '': _, 'node_modules/c-darwin': __, ...here } = wanted as Packages

/** A tree in which npm recorded `installed`, with a folder for each of `present`. */
function tree(installed: Packages | undefined, present: readonly string[] = Object.keys(here)): string {
  return plant({
    'package-lock.json': JSON.stringify({ packages: wanted }),
    ...(installed === undefined ? {} : { 'node_modules/.package-lock.json': JSON.stringify({ packages: installed }) }),
    ...Object.fromEntries(present.map((path) => [`${path}/package.json`, '{}'])),
  })
}

it('takes what npm recorded for installed, without the packages for other systems', () => {
  expect(isInstalled(tree(here))).toBe(true)
})

it('sees that nothing is installed, or that an installation was broken off before npm recorded it', () => {
  expect(isInstalled(tree(undefined, []))).toBe(false)
  expect(isInstalled(tree(undefined))).toBe(false)
})

it('sees a package that is missing, of another version, or of other content', () => {
  const { 'node_modules/b': b, ...rest } = here
  expect(isInstalled(tree(rest))).toBe(false)
  expect(isInstalled(tree({ ...here, 'node_modules/b': { ...b, version: '1.0.1' } }))).toBe(false)
  expect(isInstalled(tree({ ...here, 'node_modules/b': { ...b, integrity: 'sha512-x' } }))).toBe(false)
})

it('sees a folder that was deleted by hand', () => {
  expect(
    isInstalled(
      tree(
        here,
        Object.keys(here).filter((path) => path !== 'packages/a/node_modules/b'),
      ),
    ),
  ).toBe(false)
})
