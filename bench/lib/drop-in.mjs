import { fileURLToPath } from 'node:url'
import { readFileSync } from 'node:fs'

/** Whether this version of Sojourn has the replacement for express-session. */
export function hasDropIn() {
  const manifest = fileURLToPath(new URL('../../packages/sojourn/package.json', import.meta.url))
  return JSON.parse(readFileSync(manifest, 'utf8')).exports['./express-session'] !== undefined
}
