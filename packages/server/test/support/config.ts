import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkConfig, type ServiceSettings } from '../../src/index.js'
import { temporaryFolder } from './folder.js'

/** A file with this text. */
export async function configFile(text: string, folder?: string, name = 'config.yaml'): Promise<string> {
  const file = join(folder ?? (await temporaryFolder()), name)
  await writeFile(file, text)
  return file
}

export interface Found {
  readonly settings: ServiceSettings
  readonly paths: readonly string[]
  /** One line for each problem. */
  readonly text: string
}

/** What a configuration comes to. */
export async function check(text: string, environment: Readonly<Record<string, string>> = {}): Promise<Found> {
  const { settings, problems } = await checkConfig({ environment, files: [await configFile(text)] })
  return {
    settings,
    paths: problems.map(({ path }) => path),
    text: problems.map((problem) => `${problem.where} ${problem.path}: found ${problem.found}; ${problem.allowed}`).join('\n'),
  }
}

/** YAML that says one thing. */
export function saying(path: string, value: unknown): string {
  const names = path.split('.')
  return `${names.map((name, depth) => `${'  '.repeat(depth)}${name}:`).join('\n')} ${JSON.stringify(value)}\n`
}
