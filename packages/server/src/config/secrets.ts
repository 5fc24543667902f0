import type { Environment } from './environment.js'
import type { Patch } from './key.js'
import type { ConfigProblem } from './problem.js'
import { readSecret } from './secret.js'

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
    const secret = await readSecret(environment, name)
    if (secret === undefined) continue
    if ('problem' in secret) problems.push(secret.problem)
    else if (KEY_CHARACTERS.test(secret.text)) patch[setting] = secret.text
    else {
      const allowed = 'allowed are 8 to 1024 visible ASCII characters; 43 random ones are good.'
      problems.push({ path: secret.path, found: `${secret.text.length} characters`, allowed })
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
