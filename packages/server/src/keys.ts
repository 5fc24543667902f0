import { chmod, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomSecret, SessionError } from 'sojourn'
import { KEY_CHARACTERS } from './config/secrets.js'

/** A key of the service and where it comes from. */
export interface ServiceKey {
  readonly key: string
  /** The file that keeps it; undefined if the configuration gave it. */
  readonly file?: string
  /** Whether it was made just now. */
  readonly isNew: boolean
}

/** The key that was configured, or the one in a file of the data folder, which is made (mode 0600) if it is missing. */
export async function serviceKeyOf(
  configured: string | undefined,
  dataDir: string,
  name: 'service-key' | 'admin-key',
): Promise<ServiceKey> {
  if (configured !== undefined) return { key: configured, isNew: false }
  const file = join(dataDir, name)
  const isNew = await makeKeyFile(file)
  const key = (await readFile(file, 'utf8')).trim()
  if (!KEY_CHARACTERS.test(key)) {
    throw new SessionError(
      'CONFIG_INVALID',
      `${file}: found no key; allowed are 8 to 1024 visible ASCII characters. Delete the file to have a new key made.`,
      { path: file },
    )
  }
  // Others on this host may have been let in since by a copy or a restored backup.
  await chmod(file, 0o600)
  return { key, file, isNew }
}

/** False if the file is there already, also when another process was faster. */
async function makeKeyFile(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(`${randomSecret()}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
