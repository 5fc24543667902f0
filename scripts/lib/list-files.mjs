import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage'])

/** All files below `folders`, as paths from `root` with `/`, sorted. Installed, built and hidden folders are left out. */
export function listFiles(root, folders) {
  const found = []
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isFile()) found.push(path)
      else if (entry.isDirectory() && !NOT_OURS.has(entry.name) && !entry.name.startsWith('.')) walk(path)
    }
  }
  for (const folder of folders) if (existsSync(join(root, folder))) walk(folder)
  return found.sort()
}
