import type { Patch } from './key.js'
import type { ConfigProblem } from './problem.js'

export type Environment = Readonly<Record<string, string | undefined>>

export type Filled = { readonly text: string } | { readonly missing: string } | { readonly broken: true }

/** Fills `${NAME}` and `${NAME:-default}` in, once: what a variable holds is not looked into. `$${` stands for `${`. */
export function fillIn(text: string, environment: Environment): Filled {
  let missing: string | undefined
  let broken = false
  const filled = text.replaceAll(
    /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}|\$\{/g,
    (match, name: string | undefined, fallback: string | undefined) => {
      if (match === '$${') return '${'
      broken ||= name === undefined
      const value = name === undefined ? undefined : environment[name]
      if (value !== undefined && (value !== '' || fallback === undefined)) return value
      if (fallback === undefined) missing ??= name
      return fallback ?? ''
    },
  )
  if (broken) return { broken: true }
  return missing === undefined ? { text: filled } : { missing }
}

/** What the environment says itself, and what of it is wrong. It has the last word over files. */
export function readEnvironment(environment: Environment): { readonly patch: Patch; readonly problems: readonly ConfigProblem[] } {
  const { SOJOURN_PORT: port, SOJOURN_HOST: host, SOJOURN_DATA_DIR: dataDir } = environment
  const problems: ConfigProblem[] = []
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    problems.push({ path: 'SOJOURN_PORT', found: JSON.stringify(port.slice(0, 20)), allowed: 'allowed is a whole number from 0 to 65535.' })
  }
  if (host !== undefined && !/^[0-9A-Za-z.:-]{1,253}$/.test(host)) {
    problems.push({
      path: 'SOJOURN_HOST',
      found: host === '' ? 'nothing' : 'something else',
      allowed: 'allowed is a host name or address, for example 127.0.0.1.',
    })
  }
  if (dataDir === '') problems.push({ path: 'SOJOURN_DATA_DIR', found: 'nothing', allowed: 'allowed is the path of a folder.' })
  const patch = {
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(host === undefined ? {} : { host }),
    ...(dataDir === undefined ? {} : { dataDir }),
  }
  return { patch, problems }
}
