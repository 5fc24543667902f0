import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

/** The tree that a check looks at: its first argument, else this repository. */
export function rootArgument() {
  return resolve(process.argv[2] ?? REPOSITORY)
}
