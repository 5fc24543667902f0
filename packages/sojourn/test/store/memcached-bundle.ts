import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Rolldown } from 'tsdown'
import type { Bundle } from './bundle-worker.js'

/** Inside the workspace, so that the packages that are left out are found from there. */
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/sojourn-test/', import.meta.url))

/** Makes one script of the worker beside this file. The engine loads its stores when it needs them; here they are in the script. */
export async function bundleMemcachedWorker(): Promise<Bundle> {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, 'memcached-'))
  const file = join(folder, 'worker.mjs')
  const bundle = await Rolldown.rolldown({
    input: fileURLToPath(new URL('./memcached-worker.ts', import.meta.url)),
    platform: 'node',
    external: [/^node:/, /^@/, 'pg', 'ioredis'],
  })
  await bundle.write({ file, format: 'esm', codeSplitting: false })
  await bundle.close()
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
