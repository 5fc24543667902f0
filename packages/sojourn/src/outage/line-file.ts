import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from '../events/log.js'

/** A file that lines are added to, and that is written anew when most of them are spare. */
export interface LineFile {
  /** Resolves once the line is on the disk. */
  append(line: string): Promise<void>
  /** Waits for what is under way, writes the file anew and closes it. */
  close(): Promise<void>
}

/** The lines that must be there. */
export interface NeededLines {
  all(): readonly string[]
  /** About how many, without making them. */
  count(): number
}

/** Lines beyond those that are needed, before the file is written anew: a quarter of a megabyte. */
const MOST_SPARE_LINES = 2_000
const MODE = 0o600
const FOLDER_MODE = 0o700

interface Waiting {
  readonly line: string
  readonly done: () => void
  readonly failed: (cause: unknown) => void
}

/** What stands in the file; empty if there is none. Makes its folder. */
export async function textOf(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE })
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** A name in a folder is on the disk only when the folder is (fsync(2)). */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Puts a file with these lines in the place of the old one, and opens it to go on. Whatever happens, one of both is there whole. */
async function writeAnew(path: string, lines: readonly string[]): Promise<FileHandle> {
  const next = `${path}.next`
  const file = await open(next, 'w', MODE)
  try {
    await file.writeFile(lines.join(''))
    await file.sync()
    await rename(next, path)
    await syncFolder(path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Writes the file anew with the lines that are needed, and goes on from there. What comes while it writes is written together. */
export async function openLineFile(path: string, needed: NeededLines, logger: Logger): Promise<LineFile> {
  let file = await writeAnew(path, needed.all())
  let lines = needed.count()
  let queue: Waiting[] = []
  let writing: Promise<void> | undefined
  /** A write that failed may have left half a line. */
  let isCut = false

  async function compact(): Promise<void> {
    const before = file
    file = await writeAnew(path, needed.all())
    lines = needed.count()
    isCut = false
    await before.close()
  }
  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      await file.appendFile((isCut ? '\n' : '') + batch.map(({ line }) => line).join(''))
      await file.datasync()
      isCut = false
      lines += batch.length
      for (const { done } of batch) done()
    } catch (cause) {
      isCut = true
      for (const { failed } of batch) failed(cause)
    }
  }
  async function writeAll(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue
      queue = []
      await writeBatch(batch)
      if (lines <= needed.count() + MOST_SPARE_LINES) continue
      await compact().catch((error: unknown) =>
        logger.warn({ error: String(error) }, 'the journal could not be written anew; it goes on as it is'),
      )
    }
    writing = undefined
  }
  return Object.freeze({
    append: (line: string) =>
      new Promise<void>((done, failed) => {
        queue.push({ line, done, failed })
        writing ??= writeAll()
      }),
    async close(): Promise<void> {
      await writing
      try {
        await compact()
      } catch (error) {
        logger.warn({ error: String(error) }, 'the journal could not be tidied up; the next start does some work again')
      }
      await file.close()
    },
  })
}
