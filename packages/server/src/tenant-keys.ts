import { readFile } from 'node:fs/promises'
import { SessionError } from 'sojourn'
import { KEY_CHARACTERS } from './config/secrets.js'
import type { TenantKey, TenantKeySource } from './settings.js'

const PATH = 'service.service_keys'

function refuse(message: string): never {
  throw new SessionError('CONFIG_INVALID', `${PATH}: ${message}`, { path: PATH })
}

async function read(file: string, name: string): Promise<string> {
  try {
    return ((await readFile(file, 'utf8')).split(/\r?\n/)[0] ?? '').trim()
  } catch {
    // Which file it is stands in the configuration; the error of the system adds nothing to that.
    return refuse(`the key file of "${name}" cannot be read.`)
  }
}

/** The keys of applications that work for one tenant. Throws `CONFIG_INVALID` for a key that cannot be used, or that stands for two things. */
export async function tenantKeysOf(sources: readonly TenantKeySource[], others: readonly string[]): Promise<readonly TenantKey[]> {
  const taken = new Set(others)
  const keys: TenantKey[] = []
  for (const { key: given, keyFile, tenant, name } of sources) {
    const key = given ?? (keyFile === undefined ? '' : await read(keyFile, name))
    if (!KEY_CHARACTERS.test(key)) refuse(`the key of "${name}" must have 8 to 1024 visible ASCII characters.`)
    if (taken.has(key)) refuse(`the key of "${name}" is used elsewhere; each application and the operators have their own.`)
    taken.add(key)
    keys.push({ key, tenant, name })
  }
  return keys
}
