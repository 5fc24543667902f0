import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { judge, plant } from './plant.js'

const lock = (packages: Record<string, unknown>): Record<string, string> => ({
  'package-lock.json': `${JSON.stringify({ name: 'x', lockfileVersion: 3, packages }, undefined, 2)}\n`,
})

const tool = { version: '1.2.3', dev: true, optionalDependencies: { '@tool/linux-x64-musl': '1.2.3', '@tool/darwin-arm64': '1.2.3' } }
const linux = { version: '1.2.3', cpu: ['x64'], dev: true, libc: ['musl'], optional: true, os: ['linux'] }
const darwin = { version: '1.2.3', cpu: ['arm64'], dev: true, optional: true, os: ['darwin'] }

describe('check-lock', () => {
  it('finds nothing where every package for another system has its entry', async () => {
    const root = plant(
      lock({ '': {}, 'node_modules/tool': tool, 'node_modules/@tool/linux-x64-musl': linux, 'node_modules/@tool/darwin-arm64': darwin }),
    )
    expect(await judge('check-lock.mjs', root)).toEqual({ code: 0, output: 'package-lock.json: no faults in 4 packages\n' })
  })

  it('finds a package for another system that npm left out, and adds it when told to', async () => {
    const root = plant(lock({ '': {}, 'node_modules/@tool/linux-x64-musl': linux, 'node_modules/tool': tool }))
    const { code, output } = await judge('check-lock.mjs', root)
    expect(output).toContain('@tool/darwin-arm64, wanted by node_modules/tool, has no entry')
    expect(code).toBe(1)

    expect((await judge('check-lock.mjs', root, '--write')).code).toBe(0)
    const written = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
    expect(written.packages['node_modules/@tool/darwin-arm64']).toEqual(darwin)
    expect(Object.keys(written.packages)).toEqual([
      '',
      'node_modules/@tool/darwin-arm64',
      'node_modules/@tool/linux-x64-musl',
      'node_modules/tool',
    ])
  })

  it('does not guess the system from a name that does not tell it', async () => {
    const root = plant(lock({ 'node_modules/tool': { version: '1.0.0', optionalDependencies: { mystery: '1.0.0' } } }))
    expect((await judge('check-lock.mjs', root, '--write')).code).toBe(1)
  })

  it('looks at the lock file of each example as well', async () => {
    const lean = lock({ '': {} })
    const one = lock({ '': {}, 'node_modules/tool': tool, 'node_modules/a': { version: '1.0.0', resolved: 'https://registry.test/a.tgz' } })
    const root = plant({ ...lean, 'examples/one/package-lock.json': one['package-lock.json'] ?? '', 'examples/two/server.mjs': '' })
    const { code, output } = await judge('check-lock.mjs', root)
    expect([code, output]).toEqual([1, expect.stringContaining('examples/one: node_modules/a names the registry')])
    expect(output).toContain('examples/one: @tool/darwin-arm64, wanted by node_modules/tool, has no entry')
    expect(output).toContain('3 faults in 4 packages')
  })

  it('finds the address of a registry', async () => {
    const root = plant(
      lock({
        'node_modules/a': { version: '1.0.0', resolved: 'https://registry.test/a.tgz' },
        'node_modules/b': { resolved: 'packages/b', link: true },
      }),
    )
    const { code, output } = await judge('check-lock.mjs', root)
    expect(output).toContain('node_modules/a names the registry')
    expect(output).toContain('1 fault in 2 packages')
    expect(code).toBe(1)
  })
})
