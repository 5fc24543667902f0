import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServiceSettings } from '../settings.js'

/** The keys that a command has; undefined where there is none. */
export interface Keys {
  readonly serviceKey: string | undefined
  readonly adminKey: string | undefined
}

/** The keys of the environment, else those that the service has put into the data folder. Makes none. */
export async function keysOf(settings: ServiceSettings): Promise<Keys> {
  return {
    serviceKey: settings.serviceKey ?? (await keyIn(join(settings.dataDir, 'service-key'))),
    adminKey: settings.adminKey ?? (await keyIn(join(settings.dataDir, 'admin-key'))),
  }
}

async function keyIn(file: string): Promise<string | undefined> {
  try {
    const key = (await readFile(file, 'utf8')).trim()
    return key === '' ? undefined : key
  } catch {
    // Missing or not ours to read: both mean that this person has no key.
    return undefined
  }
}
