import { readFile } from 'node:fs/promises'
import type { Environment } from './environment.js'
import type { ConfigProblem } from './problem.js'

/** A secret and the variable that gave it, or why there is none. */
export type Secret = { readonly path: string; readonly text: string } | { readonly problem: ConfigProblem }

/** The secret that a variable holds, or the first line of the file that `NAME_FILE` names, as container secrets come. */
export async function readSecret(environment: Environment, name: string): Promise<Secret | undefined> {
  const value = environment[name]
  const fileName = `${name}_FILE`
  const file = environment[fileName]
  if (value !== undefined && file !== undefined) {
    return { problem: { path: name, found: `a value beside ${fileName}`, allowed: 'allowed is one of both.' } }
  }
  if (value !== undefined) return { path: name, text: value }
  if (file === undefined) return undefined
  const text = await firstLine(file)
  if (text !== undefined) return { path: fileName, text }
  return {
    problem: { path: fileName, found: 'no readable file', allowed: 'allowed is the path of a file with the secret in its first line.' },
  }
}

async function firstLine(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).split(/\r?\n/)[0]
  } catch {
    // Reported with the name of the variable, which is what has to be mended.
    return undefined
  }
}
