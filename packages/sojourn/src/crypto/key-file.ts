import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MASTER_KEY_BYTES } from './master.js'
import type { Random } from './random.js'

/** Nobody but the owner may read or write a key. */
const OWNER_ONLY = 0o600

interface KeyFile {
  readonly version: 1
  readonly master: string
}

/** Thrown when a key file cannot be used. The message never holds anything of its content. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
}

function parse(text: string, path: string): Uint8Array {
  let content: Partial<KeyFile>
  try {
    content = JSON.parse(text)
  } catch {
    throw new KeyFileError(`The key file ${path} is not JSON. Restore it from a backup; without it no stored session can be opened.`)
  }
  if (content.version !== 1)
    throw new KeyFileError(`The key file ${path} has version ${String(content.version)}; this Sojourn reads version 1.`)
  const master = Buffer.from(String(content.master), 'base64url')
  if (master.length !== MASTER_KEY_BYTES)
    throw new KeyFileError(`The key in ${path} must have ${MASTER_KEY_BYTES} bytes; it has ${master.length}.`)
  return master
}

async function readExisting(path: string): Promise<Uint8Array | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new KeyFileError(`The key file ${path} cannot be read.`, { cause })
  }
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw new KeyFileError(`The key file ${path} can be read by others (mode ${(mode & 0o777).toString(8)}). Run: chmod 600 ${path}`)
  }
  return parse(text, path)
}

/**
 * The master key in the file at `path`; makes the file, with a new random key and mode 0600, if there is none. Of several
 * processes that start at once one makes it and all use it.
 */
export async function openKeyFile(path: string, random: Random): Promise<Uint8Array> {
  const existing = await readExisting(path)
  if (existing !== undefined) return existing
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${Buffer.from(random.bytes(9)).toString('base64url')}`
  const content: KeyFile = { version: 1, master: Buffer.from(random.bytes(MASTER_KEY_BYTES)).toString('base64url') }
  const handle = await open(draft, 'wx', OWNER_ONLY)
  try {
    await handle.writeFile(`${JSON.stringify(content)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await chmod(draft, OWNER_ONLY)
  try {
    // A link is made whole or not at all, and never over a file that another process has made meanwhile.
    await link(draft, path)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'))
      throw new KeyFileError(`The key file ${path} cannot be made.`, { cause })
  } finally {
    await unlink(draft)
  }
  const made = await readExisting(path)
  if (made === undefined) throw new KeyFileError(`The key file ${path} vanished while it was being made.`)
  return made
}
