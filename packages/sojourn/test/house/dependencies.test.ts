import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { REPOSITORY } from './plant.js'

interface Locked {
  readonly version?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
}

/** It has a script that builds what it brings along anyway: scripts/lib/install.mjs installs without any script, and all tests pass so. */
const WITH_SCRIPT = ['node_modules/@photostructure/sqlite']

/** What the service brings along for the library, which has none itself. Each is one more that can turn hostile. */
const MOST_OF_SERVICE = 14

const read = <Shape>(path: string): Shape => JSON.parse(readFileSync(join(REPOSITORY, path), 'utf8')) as Shape
const { packages } = read<{ readonly packages: Readonly<Record<string, Locked>> }>('package-lock.json')
const dependenciesOf = (folder: string): readonly string[] =>
  Object.keys(read<{ readonly dependencies?: Readonly<Record<string, string>> }>(`${folder}/package.json`).dependencies ?? {})

describe('what is installed with us', () => {
  it('is nothing with the library, and few packages with the service [ATK-173]', () => {
    expect(dependenciesOf('packages/sojourn')).toEqual([])
    expect(dependenciesOf('packages/server').length).toBeLessThanOrEqual(MOST_OF_SERVICE)
  })

  it('has one version each, and no script at its installation but one that is not needed [ATK-173]', () => {
    const installed = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
    expect(installed.length).toBeGreaterThan(50)
    for (const [path, { version }] of installed) expect(version, path).toMatch(/^\d+\.\d+\.\d+/)
    const scripted = installed.filter(([, { dev, hasInstallScript }]) => dev !== true && hasInstallScript === true)
    expect(scripted.map(([path]) => path)).toEqual(WITH_SCRIPT)
  })
})
