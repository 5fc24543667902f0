import { readFile } from 'node:fs/promises'
import type { Environment } from './environment.js'
import type { Patch } from './key.js'
import type { ConfigProblem } from './problem.js'

const NAMES = [
  ['SOJOURN_SERVICE_KEY', 'serviceKey'],
  ['SOJOURN_ADMIN_KEY', 'adminKey'],
] as const

/** What can be sent in a header as it is, long enough not to be guessed at a glance. */
export const KEY_CHARACTERS: RegExp = /^[\x21-\x7e]{8,1024}$/

/** The keys that the environment gives, itself or as a file (`…_FILE`, as container secrets come). */
export async function readSecrets(
  environment: Environment,
): Promise<{ readonly patch: Patch; readonly problems: readonly ConfigProblem[] }> {
  const problems: ConfigProblem[] = []
  const patch: { serviceKey?: string; adminKey?: string } = {}
  for (const [name, setting] of NAMES) {
    const value = environment[name]
    const file = environment[`${name}_FILE`]
    if (value !== undefined && file !== undefined) {
      problems.push({ path: name, found: `a value beside ${name}_FILE`, allowed: 'allowed is one of both.' })
    } else if (value !== undefined || file !== undefined) {
      const key = value ?? (await firstLine(file ?? ''))
      if (key !== undefined && KEY_CHARACTERS.test(key)) patch[setting] = key
      else {
        const found = key === undefined ? 'no readable file' : `${key.length} characters`
        problems.push({
          path: value === undefined ? `${name}_FILE` : name,
          found,
          allowed: 'allowed are 8 to 1024 visible ASCII characters; 43 random ones are good.',
        })
      }
    }
  }
  if (patch.serviceKey !== undefined && patch.serviceKey === patch.adminKey) {
    problems.push({
      path: 'SOJOURN_ADMIN_KEY',
      found: 'the service key',
      allowed: 'allowed is another one: applications must not be administrators.',
    })
  }
  return { patch, problems }
}

async function firstLine(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).split(/\r?\n/)[0]
  } catch {
    // Reported with the name of the variable, which is what has to be mended.
    return undefined
  }
}
