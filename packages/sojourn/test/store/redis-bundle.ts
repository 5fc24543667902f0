import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Rolldown } from 'tsdown'
import type { Bundle } from './bundle-worker.js'

/** A bundle lies inside the workspace, so that the driver is found from there. */
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/sojourn-test/', import.meta.url))

/** As `bundleWorker`, but the driver stays outside, where it is loaded only when it is needed. */
export async function bundleRedisWorker(): Promise<Bundle> {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, 'worker-'))
  const file = join(folder, 'worker.mjs')
  const bundle = await Rolldown.rolldown({
    input: fileURLToPath(new URL('./redis-worker.ts', import.meta.url)),
    platform: 'node',
    external: [/^node:/, '@photostructure/sqlite', '@redis/client'],
  })
  await bundle.write({ file, format: 'esm', codeSplitting: false })
  await bundle.close()
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
