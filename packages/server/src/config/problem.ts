/** One thing that is wrong in a configuration. */
export interface ConfigProblem {
  /** Dotted path of the key, or the name of the environment variable. */
  readonly path: string
  /** `file:line:column`, where a file says it. */
  readonly where?: string
  /** What was found, without repeating a value that may be secret. */
  readonly found: string
  /** What is allowed, or why this is not. */
  readonly allowed: string
}

/** The problem as one line for people. */
export function problemText({ path, where, found, allowed }: ConfigProblem): string {
  return `${where === undefined ? '' : `${where} `}${path}: found ${found}; ${allowed}`
}
