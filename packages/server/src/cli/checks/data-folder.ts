import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { shown } from '../text.js'
import { type Finding, fail, ok, warn } from './check.js'

/** More than this and the data folder is shared with something else; the first ones tell enough. */
const MOST_FILES = 1_000

/** Sessions, keys and audit records are for the account of the service alone: whoever reads the keys can open all sessions. */
export async function checkDataFolder(folder: string, isPosix: boolean): Promise<Finding[]> {
  const name = 'data folder'
  const found = await modeOf(folder)
  if (found === undefined) return [ok(name, `${shown(folder)} is not there yet; the first start makes it`)]
  if (!found.isFolder) return [fail(name, `${shown(folder)} is not a folder`, 'Choose another one with SOJOURN_DATA_DIR or --data-dir.')]
  if (!isPosix) return [ok(name, shown(folder))]
  const open = found.mode & 0o077
  const folderFinding =
    open === 0
      ? ok(name, `${shown(folder)} (mode ${octal(found.mode)})`)
      : fail(name, `others can enter ${shown(folder)} (mode ${octal(found.mode)})`, `Run: chmod 700 ${quoted(folder)}`)
  return [folderFinding, await checkFiles(folder)]
}

async function checkFiles(folder: string): Promise<Finding> {
  const name = 'files'
  const names = (await readdir(folder)).slice(0, MOST_FILES)
  const exposed: string[] = []
  for (const file of names) {
    const found = await modeOf(join(folder, file))
    if (found !== undefined && !found.isFolder && (found.mode & 0o077) !== 0) exposed.push(file)
  }
  if (exposed.length === 0) return ok(name, names.length === 0 ? 'none yet' : 'only the owner can read them (mode 0600)')
  const listed = exposed.map((file) => shown(file)).join(', ')
  const command = `Run: chmod 600 ${exposed.map((file) => quoted(join(folder, file))).join(' ')}`
  // A key that others could read must be taken for known to them; the other files are sealed.
  return exposed.some((file) => /key/i.test(file))
    ? fail(name, `others can read ${listed}`, `${command}. Then make new keys: whoever read them can use them.`)
    : warn(name, `others can read ${listed}`, command)
}

async function modeOf(path: string): Promise<{ readonly mode: number; readonly isFolder: boolean } | undefined> {
  try {
    const found = await stat(path)
    return { mode: found.mode & 0o777, isFolder: found.isDirectory() }
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined
    throw fault
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

/** A path as one word of a shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${shown(path).replaceAll("'", `'\\''`)}'`
}
