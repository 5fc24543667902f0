import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export const REPOSITORY: string = fileURLToPath(new URL('../../../../', import.meta.url))

/** A tree of files in a folder of its own, gone when the test is over. */
export function plant(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'sojourn-house-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}

export interface Verdict {
  readonly code: number
  readonly output: string
}

/** Runs one of the repository's checks on a tree. */
export function judge(script: string, root: string, ...flags: readonly string[]): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(REPOSITORY, 'scripts', script), root, ...flags], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr })
    })
  })
}

/** One of the repository's scripts as a module. They are plain JavaScript, so the caller says what it expects. */
export function script<Shape>(path: string): Promise<Shape> {
  return import(join(REPOSITORY, 'scripts', path)) as Promise<Shape>
}
