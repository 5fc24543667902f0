import { join } from 'node:path'
import { REPOSITORY } from './root.mjs'
import { run } from './run.mjs'

/** Runs test files in this terminal with more in their environment than `npm test` gives them, and answers the exit code. */
export async function runTestsWith(environment, files) {
  const vitest = join(REPOSITORY, 'node_modules/vitest/vitest.mjs')
  const { code } = await run(process.execPath, [vitest, 'run', '--reporter=default', ...files], {
    cwd: REPOSITORY,
    env: { ...process.env, ...environment },
  })
  return code
}

/** A whole number above 0 out of an option, or the end of the process with a sentence. */
export function countOf(name, text) {
  if (/^[1-9]\d{0,8}$/.test(text)) return text
  console.error(`--${name} is a whole number above 0, and this is ${text}.`)
  process.exit(2)
}
