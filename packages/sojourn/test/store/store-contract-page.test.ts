import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { storeContract } from '../../src/testing/index.js'
import { bundleWorker } from './bundle-worker.js'
import { tempFolder } from './temp-folder.js'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const page = readFileSync(at('../../../../docs/store-contract.md'), 'utf8')

describe('docs/store-contract.md', () => {
  it('names every check, in order, and no other', () => {
    const list = page.slice(page.indexOf('\n## The checks\n'))
    expect([...list.matchAll(/^- (.*)$/gm)].map(([, name]) => name)).toEqual(storeContract.map(({ name }) => name))
  })

  it('has an example for node:test that runs as it stands', async () => {
    const [, example = ''] = /```js\n(.*?)```/s.exec(page) ?? []
    const folder = tempFolder()
    const file = join(folder, 'example.test.ts')
    writeFileSync(file, example)
    writeFileSync(join(folder, 'my-store.js'), `export { memoryStore as openStore } from 'sojourn/memory'`)
    const bundle = await bundleWorker(file, {
      'sojourn/testing': at('../../src/testing/index.ts'),
      'sojourn/memory': at('../../src/store/memory.ts'),
    })
    try {
      // Without what this runner put into the environment.
      const { stdout, status } = spawnSync(process.execPath, ['--test-reporter=tap', bundle.file], { encoding: 'utf8', env: {} })
      expect(stdout).toContain(`# pass ${storeContract.length}\n`)
      expect(status).toBe(0)
    } finally {
      bundle.remove()
    }
  })
})
