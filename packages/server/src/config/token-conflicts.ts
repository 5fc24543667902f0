import { type Given, problemAt } from './given.js'
import type { ConfigProblem } from './problem.js'

const at = 'session_manager.token_generation'

/** What is wrong with the keys about tokens beside each other. */
export function tokenConflicts(given: Given): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const [type, algorithm, secret] = [given.get(`${at}.token_type`), given.get(`${at}.algorithm`), given.get(`${at}.secret_key`)]
  const usesSecret = algorithm === undefined || algorithm.value === 'HS256'
  if (algorithm?.value === 'HS256' && secret === undefined)
    problems.push(
      problemAt(algorithm, 'HS256 signs with a secret: give one as secret_key, or write EdDSA for a key pair that is made for you.'),
    )
  if (secret !== undefined && !usesSecret)
    problems.push(problemAt(secret, `a secret is for HS256, and the algorithm is ${String(algorithm?.value)}; leave one of both out.`))
  if (type?.value === 'opaque' && (algorithm !== undefined || secret !== undefined))
    problems.push(problemAt(type, 'opaque tokens are not signed; leave algorithm and secret_key out, or write jwt.'))
  const rotation = given.get(`${at}.rotation_policy`)
  if (rotation?.value === 'never' && given.get(`${at}.refresh_token`)?.value !== true)
    problems.push(
      problemAt(rotation, 'without refresh_token: true a renewal always gives a new token; allowed are "always" and "interval".'),
    )
  return problems
}
