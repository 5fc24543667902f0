import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../packages/sojourn/test/servers/redis.js'

const SCRIPT = fileURLToPath(new URL('../../../scripts/example.mjs', import.meta.url))

/** An example as somebody starts it who has cloned the repository. */
export interface RunningExample {
  readonly url: string
  /** Everything that it wrote. */
  output(): string
  /** Ends it as Ctrl-C does, and resolves when it has ended. */
  stop(): Promise<void>
}

/** Starts a program that says its address in a line of its own, and waits for that line. */
export async function startProgram(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<RunningExample> {
  const { NODE_ENV: _ofTheTests, ...inherited } = process.env
  const child = spawn(process.execPath, [...args], { env: { ...inherited, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        const address = /^(?:Sojourn serves at )?(http:\/\/127\.0\.0\.1:\d+)\b/m.exec(output)?.[1]
        if (address !== undefined) resolve(address)
      })
    }
    child.once('error', reject)
    void ended.then(() => reject(new Error(`${args.join(' ')} ended before it served:\n${output}`)))
  })
  return {
    url,
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** `npm run example -- <name>` on a free port. Installs and builds what is missing, which can take minutes the first time. */
export async function runExample(name: string, environment?: Readonly<Record<string, string>>): Promise<RunningExample> {
  return await startProgram([SCRIPT, name, '--port', String(await freePort())], environment)
}

/** The first start of an example installs it, on a slow line. */
export const INSTALLING_MS = 300_000
