import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run, runNpm } from '../lib/run.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))

const INSTALL = ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']

/** Throws with everything that the program wrote, unless it ended well. */
async function must(running) {
  const { code, output } = await running
  if (code !== 0) throw new Error(`exit code ${code}\n${output}`)
  return output
}

async function pack(root, folder, into) {
  mkdirSync(into, { recursive: true })
  await must(
    runNpm(['pack', '--pack-destination', into, '--loglevel=error', '--ignore-scripts'], { cwd: join(root, folder), capture: true }),
  )
  const [tarball] = readdirSync(into)
  return join(into, tarball)
}

/** An empty project in which the tarballs are installed the way a user does it. */
async function install(folder, tarballs, flags) {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "version": "1.0.0", "private": true }\n')
  await must(runNpm([...INSTALL, ...flags, ...tarballs], { cwd: folder, capture: true }))
}

/** Runs a program of this folder inside the project, with nothing of this repository to be found from there. */
async function runIn(folder, program) {
  copyFileSync(join(HERE, program), join(folder, program))
  await must(run(process.execPath, [join(folder, program)], { cwd: folder, capture: true }))
}

/** The steps in order: each needs what those before it left behind. */
function stepsFor(root, scratch) {
  const alone = join(scratch, 'alone')
  const service = join(scratch, 'service')
  const tarballs = {}
  return [
    ['packs the library', async () => (tarballs.library = await pack(root, 'packages/sojourn', join(scratch, 'library-tarball')))],
    ['packs the service', async () => (tarballs.service = await pack(root, 'packages/server', join(scratch, 'service-tarball')))],
    [
      'installs the library with no network and an empty cache, as it has no dependency',
      () => install(alone, [tarballs.library], ['--offline', '--cache', join(scratch, 'cache')]),
    ],
    ['publishes what is built, and nothing else', () => runIn(alone, 'contents.mjs')],
    ['imports every subpath as ESM, and a session lives and ends', () => runIn(alone, 'library.mjs')],
    ['requires every subpath as CommonJS, and a session lives and ends', () => runIn(alone, 'library.cjs')],
    ['installs the service beside it', () => install(service, [tarballs.library, tarballs.service], ['--prefer-offline'])],
    ['keeps sessions in a file with the driver that the service brings', () => runIn(service, 'sqlite.mjs')],
    ['starts the service by its command, which answers and stops when told', () => runIn(service, 'service.mjs')],
  ]
}

/** Packs both packages, installs them as a user would, and uses them there. Answers how many steps passed and failed. */
export async function tryPackages(root, scratch) {
  console.log('\nThe packages as published')
  let passed = 0
  for (const [name, step] of stepsFor(root, scratch)) {
    try {
      await step()
      passed += 1
      console.log(` ✓ ${name}`)
    } catch (error) {
      console.error(` ✗ ${name}\n${error.message}`)
      return { passed, failed: 1 }
    }
  }
  return { passed, failed: 0 }
}
