import { execFileSync, spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { serverFolder, unprivileged } from './postgres-process.js'

export interface Disk {
  readonly folder: string
  grow(megabytes: number): void
  remove(): void
}

/** A disk of its own size, or undefined where this user or this machine may not mount one. */
export function smallDisk(megabytes: number): Disk | undefined {
  const folder = serverFolder()
  const { uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = unprivileged()
  const options = `size=${megabytes}m,mode=0700,uid=${uid},gid=${gid}`
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status === 0
  const remove = (): void => {
    // Lazily: a server that could not be made to let go of it must not leave it behind.
    if (mounted) execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  }
  const grow = (more: number): void => {
    execFileSync('mount', ['-o', `remount,size=${more}m`, folder])
  }
  if (mounted) return { folder, grow, remove }
  remove()
  return undefined
}
