import type { Environment } from './environment.js'
import type { Patch } from './key.js'
import type { ConfigProblem } from './problem.js'
import { readSecret, type Secret } from './secret.js'

const NAME = 'SOJOURN_KEY'
const BEFORE = 'SOJOURN_PREVIOUS_KEYS'
const KEY_BYTES = 32

const FORMS = `${KEY_BYTES} random bytes as base64 or hexadecimal digits, for example from: openssl rand -base64 ${KEY_BYTES}`

/** The master key that the environment gives, and those before it, newest first. Never repeated in a message, not in parts either. */
export async function readMasterKeys(
  environment: Environment,
): Promise<{ readonly patch: Patch; readonly problems: readonly ConfigProblem[] }> {
  const [current, before] = [await readSecret(environment, NAME), await readSecret(environment, BEFORE)]
  const currentKeys = keysIn(current, (text) => [text], `allowed are ${FORMS}.`)
  const previousKeys = keysIn(before, (text) => text.split(','), `allowed are keys with commas between them, each ${FORMS}.`)
  const problems = [...currentKeys.problems, ...previousKeys.problems]
  if (before !== undefined && current === undefined) {
    problems.push({ path: BEFORE, found: 'keys', allowed: `allowed is this beside ${NAME} only, which takes their place.` })
  }
  const [master] = currentKeys.keys
  return { patch: master === undefined ? {} : { keys: { master, previous: previousKeys.keys } }, problems }
}

interface FoundKeys {
  readonly keys: readonly Uint8Array[]
  readonly problems: readonly ConfigProblem[]
}

function keysIn(secret: Secret | undefined, split: (text: string) => readonly string[], allowed: string): FoundKeys {
  if (secret === undefined) return { keys: [], problems: [] }
  if ('problem' in secret) return { keys: [], problems: [secret.problem] }
  const texts = split(secret.text)
  const keys = texts.map((text) => keyIn(text.trim())).filter((key) => key !== undefined)
  if (keys.length === texts.length) return { keys, problems: [] }
  return { keys: [], problems: [{ path: secret.path, found: 'something else', allowed }] }
}

function keyIn(text: string): Uint8Array | undefined {
  if (/^[0-9A-Fa-f]{64}$/.test(text)) return Buffer.from(text, 'hex')
  const bytes = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined
  return bytes?.length === KEY_BYTES ? bytes : undefined
}
