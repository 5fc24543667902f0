import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

/** The service as one file, to be started as a process. */
export interface ServiceBundle {
  readonly file: string
  remove(): Promise<void>
}

/** Bundles it inside of the package, so that what it imports is found. */
export async function bundleService(): Promise<ServiceBundle> {
  const folder = join(PACKAGE, '.cache', `serve-${process.pid}`)
  await build({
    config: false,
    cwd: PACKAGE,
    entry: { serve: fileURLToPath(new URL('./serve.ts', import.meta.url)) },
    outDir: folder,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    fixedExtension: false,
    dts: false,
    logLevel: 'error',
    tsconfig: '../../tsconfig.json',
    deps: { alwaysBundle: [/^sojourn($|\/)/], neverBundle: [/^@photostructure\//] },
  })
  return { file: join(folder, 'serve.js'), remove: () => rm(folder, { recursive: true, force: true }) }
}

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly process: ChildProcess
  readonly url: string
  /** kill -9; does nothing if it has ended. */
  kill(): Promise<void>
}

/** Starts it on a free port, configured by the environment; it ends with this process. */
export async function startServiceProcess(file: string, environment: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env['PATH'], SOJOURN_PORT: '0', ...environment },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(child, 'exit')
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part) => {
      text += String(part)
      const found = /^listening (\S+)$/m.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`the service did not start: ${text}`)))
  })
  return {
    process: child,
    url,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
