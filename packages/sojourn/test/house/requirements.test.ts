import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { plant, script } from './plant.js'

interface Requirements {
  readonly findProgram: (program: string, searchPath: string) => string | undefined
  readonly requirePrograms: (
    programs: readonly string[],
    options: { readonly searchPath: string; readonly install: (packages: readonly string[]) => Promise<boolean> },
  ) => Promise<Record<string, string>>
}

const { findProgram, requirePrograms } = await script<Requirements>('requirements.mjs')

/** A folder as on the path, with programs in it. */
function bin(...programs: readonly string[]): string {
  const root = plant(Object.fromEntries(['readme', ...programs].map((name) => [name, '#!/bin/sh\n'])))
  for (const name of programs) chmodSync(join(root, name), 0o755)
  return root
}

const never = (): Promise<boolean> => Promise.reject(new Error('nothing was to be installed'))

it('finds a program on the path by any of its names, and takes only what can be run', () => {
  const folder = bin('chromium-browser')
  expect(findProgram('chromium', `/nowhere:${folder}`)).toBe(join(folder, 'chromium-browser'))
  expect(findProgram('memcached', folder)).toBeUndefined()
  chmodSync(join(folder, 'chromium-browser'), 0o644)
  expect(findProgram('chromium', folder)).toBeUndefined()
})

it('installs nothing when everything is there', async () => {
  const searchPath = bin('memcached', 'php')
  expect(await requirePrograms(['memcached', 'php'], { searchPath, install: never })).toEqual({
    memcached: join(searchPath, 'memcached'),
    php: join(searchPath, 'php'),
  })
  expect(await requirePrograms([], { searchPath: '', install: never })).toEqual({})
})

it('installs what is missing, and looks again', async () => {
  const searchPath = bin('memcached', 'php')
  chmodSync(join(searchPath, 'php'), 0o644)
  const asked: string[] = []
  const install = (packages: readonly string[]): Promise<boolean> => {
    asked.push(...packages)
    chmodSync(join(searchPath, 'php'), 0o755)
    return Promise.resolve(true)
  }
  expect(Object.keys(await requirePrograms(['memcached', 'php'], { searchPath, install }))).toEqual(['memcached', 'php'])
  expect(asked).toEqual(['php-cli'])
})

it('fails with the one line that mends it where nothing may be installed', async () => {
  const refused = requirePrograms(['chromium', 'memcached'], { searchPath: bin(), install: () => Promise.resolve(false) })
  await expect(refused).rejects.toThrow(
    'The tests need chromium, memcached. Install with: sudo apt-get update && sudo apt-get install -y chromium memcached',
  )
})
