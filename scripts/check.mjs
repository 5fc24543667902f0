// npm run check [-- names of steps]: everything that can be said about the sources and packages without running tests.
import './lib/require-node.mjs'
import { join } from 'node:path'
import { buildIfStale } from './lib/build-packages.mjs'
import { installIfStale } from './lib/install.mjs'
import { REPOSITORY } from './lib/root.mjs'
import { run } from './lib/run.mjs'

const tool = (path, ...args) => [join('node_modules', path), ...args]
const own = (name) => [`scripts/check-${name}.mjs`]

/** Each in the order of how soon it finds something. `shows`: its output is for reading also when it finds no fault. */
const STEPS = [
  { name: 'format and lint', args: tool('@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '--colors=off') },
  { name: 'types', args: tool('typescript/bin/tsc', '--noEmit') },
  { name: 'promises', args: tool('oxlint/bin/oxlint', '--type-aware', '--deny-warnings', 'packages', 'examples/test') },
  { name: 'imports', args: own('imports') },
  { name: 'sources', args: own('sources') },
  { name: 'exports', args: own('exports') },
  { name: 'lock file', args: own('lock') },
  { name: 'lock file of bench', args: [...own('lock'), 'bench'] },
  { name: 'security coverage', args: ['scripts/security-coverage.mjs', '--check'] },
  { name: 'size', args: own('size'), shows: true },
  { name: 'unused', args: tool('knip/bin/knip.js', '--no-progress', '--treat-config-hints-as-errors') },
  { name: 'publint sojourn', args: tool('publint/src/cli.js', 'run', 'packages/sojourn', '--strict', '--pack', 'npm') },
  { name: 'publint server', args: tool('publint/src/cli.js', 'run', 'packages/server', '--strict', '--pack', 'npm') },
  {
    name: 'published types',
    // node16: what `import` and `require` resolve to in Node and TypeScript; the resolution of Node 10 knows no subpaths.
    args: tool(
      '@arethetypeswrong/cli/dist/index.js',
      '--pack',
      'packages/sojourn',
      '--profile',
      'node16',
      '--no-definitely-typed',
      '--no-emoji',
    ),
  },
]

async function runStep({ name, args, shows = false }) {
  const started = Date.now()
  const { code, output } = await run(process.execPath, args, { cwd: REPOSITORY, capture: true })
  console.log(`\n── ${name}: ${code === 0 ? 'ok' : 'FAILED'} (${Date.now() - started} ms)`)
  if (code !== 0 || shows) console.log(output.trimEnd())
  return code === 0
}

const wanted = process.argv.slice(2)
const steps = STEPS.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)))

if ((await installIfStale(REPOSITORY)) || (await buildIfStale(REPOSITORY))) process.exit(1)
const failed = []
for (const step of steps) if (!(await runStep(step))) failed.push(step.name)
console.log(
  failed.length === 0 ? `\n${steps.length} checks, no fault` : `\n${steps.length} checks, ${failed.length} failed: ${failed.join(', ')}`,
)
process.exitCode = failed.length === 0 && steps.length > 0 ? 0 : 1
