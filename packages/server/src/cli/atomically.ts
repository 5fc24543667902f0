import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CommandError, EXIT } from './exit.js'
import { shown } from './text.js'

/** The file is there whole or not at all, and only its owner can read it: it tells of people. */
export async function atomically<T>(path: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
  const draft = `${path}.${process.pid}.part`
  let file: FileHandle
  try {
    file = await open(draft, 'wx', 0o600)
  } catch (cause) {
    throw new CommandError(EXIT.failed, `Nothing can be written in ${shown(dirname(path))}.`, { cause })
  }
  try {
    const result = await write(file)
    await file.sync()
    await file.close()
    await rename(draft, path)
    return result
  } catch (fault) {
    await file.close()
    await rm(draft, { force: true })
    throw fault
  }
}
