import { type Finding, fail, ok } from './check.js'

/** The oldest that is tested: `engines` of package.json. */
const OLDEST: readonly [number, number] = [20, 19]

export function checkNodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  const isNewEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  if (isNewEnough) return ok('node', `Node ${version}`)
  return fail('node', `Node ${version}`, `Install Node ${OLDEST.join('.')} or later.`)
}
