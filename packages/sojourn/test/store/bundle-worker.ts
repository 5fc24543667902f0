import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Rolldown } from 'tsdown'

/** A bundle lies inside the workspace, so that the packages it leaves out are found from there. */
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/sojourn-test/', import.meta.url))

export interface Bundle {
  readonly file: string
  remove(): void
}

/** Makes a script that plain Node can run of a TypeScript file, named from here or absolute, and the sources it imports. */
export async function bundleWorker(name: string, alias: Readonly<Record<string, string>> = {}): Promise<Bundle> {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, 'worker-'))
  const file = join(folder, 'worker.mjs')
  const bundle = await Rolldown.rolldown({
    input: fileURLToPath(new URL(name, import.meta.url)),
    platform: 'node',
    // Drivers stay outside, where they are loaded only when they are needed; so does what is as its users have it.
    external: [/^node:/, /^@/, 'pg', 'ioredis', 'ioredis-5', 'express'],
    resolve: { alias },
  })
  // The engine loads its stores when it needs them; here they are in the script.
  await bundle.write({ file, format: 'esm', codeSplitting: false })
  await bundle.close()
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
