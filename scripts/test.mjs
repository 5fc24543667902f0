// npm test [-- arguments for vitest]: installs and builds what is stale, then runs all tests and tries the packed packages.
// With arguments (a file, -t name) only vitest runs.
import './lib/require-node.mjs'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildIfStale } from './lib/build-packages.mjs'
import { installIfStale } from './lib/install.mjs'
import { REPOSITORY } from './lib/root.mjs'
import { run } from './lib/run.mjs'
import { tryPackages } from './packaging/try-packages.mjs'
import { requirePrograms } from './requirements.mjs'

/** What the tests start themselves, of those that scripts/requirements.mjs knows. */
const PROGRAMS = ['chromium', 'redis-server', 'redis-sentinel', 'redis-cli', 'memcached', 'postgres', 'pgbouncer']

const args = process.argv.slice(2)

/** Runs vitest in this terminal and answers its counts; a run that left none behind counts as one failure. */
async function runVitest(scratch) {
  const results = join(scratch, 'vitest.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
  const vitest = join(REPOSITORY, 'node_modules/vitest/vitest.mjs')
  const { code } = await run(process.execPath, [vitest, 'run', ...reporters, ...args], { cwd: REPOSITORY })
  const { passed, failed, skipped } = readCounts(results)
  return { passed, skipped, failed: code !== 0 && failed === 0 ? 1 : failed }
}

function readCounts(path) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(path, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
  } catch (error) {
    console.error(`vitest left no results: ${error.message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

async function runTests() {
  const stale = (await installIfStale(REPOSITORY)) || (await buildIfStale(REPOSITORY))
  if (stale) return { passed: 0, failed: 1, skipped: 0 }
  await requirePrograms(PROGRAMS)
  const scratch = mkdtempSync(join(tmpdir(), 'sojourn-test-'))
  try {
    const tests = await runVitest(scratch)
    if (args.length > 0) return tests
    const packages = await tryPackages(REPOSITORY, scratch)
    return { passed: tests.passed + packages.passed, failed: tests.failed + packages.failed, skipped: tests.skipped }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

const { passed, failed, skipped } = await runTests().catch((error) => {
  console.error(error.message)
  return { passed: 0, failed: 1, skipped: 0 }
})
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
// A run without a single test proves nothing.
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
