import { access } from 'node:fs/promises'

/** Whether this command can see the file. */
export async function isThere(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch {
    // Whatever keeps it from being opened, it is not there for this command.
    return false
  }
}
