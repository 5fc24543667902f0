import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from '../events/log.js'
import { type Mark, MOST_ENDS } from './high-water.js'
import { type JournalLine, journalLine, readJournal } from './journal-lines.js'
import { type PendingEnd, pendingEndId } from './pending-end.js'

/** Ends that the store has not taken, in a file, so that they outlive this process. */
export interface Journal {
  /** What was to be done when the file was opened. */
  readonly found: readonly PendingEnd[]
  /** What the store had then, and how high the marks stood. */
  readonly kept: readonly PendingEnd[]
  readonly marks: readonly Mark[]
  /** Resolves once the end is on the disk. */
  append(end: PendingEnd): Promise<void>
  /** The store has it. If a crash forgets that, it is done again, which does no harm. */
  done(end: PendingEnd): void
  /** The store has it, and it is to be done again if the store goes back in time. On the disk a moment later. */
  keep(end: PendingEnd): void
  marked(marks: readonly Mark[]): void
  close(): Promise<void>
}

/** Lines beyond what still has to be done, before the file is written anew: a quarter of a megabyte. */
const MOST_SPARE_LINES = 2_000
const MODE = 0o600
const FOLDER_MODE = 0o700

interface Waiting {
  readonly line: string
  readonly done: () => void
  readonly failed: (cause: unknown) => void
}

async function textOf(path: string): Promise<string> {
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

/**
 * Opens the journal of one process, or makes it. Two processes must not have the same one. Lines that a crash has torn off
 * were promised to nobody; damaged ones are passed over and logged.
 */
export async function openJournal(path: string, logger: Logger): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE })
  const { pending, kept: keptBefore, marks: marksBefore, damaged, isTorn } = readJournal(await textOf(path))
  if (damaged > 0)
    logger.error(
      { path, damaged },
      'lines of the journal are damaged: ends of sessions that stood there are lost unless the store has them',
    )
  if (isTorn) logger.warn({ path }, 'the last line of the journal was cut off by a crash; it had been promised to nobody')
  const open = new Map(pending.map((end) => [pendingEndId(end), end]))
  const kept = new Map(keptBefore.map((end) => [pendingEndId(end), end]))
  let marks = marksBefore
  const linesOf = (): readonly string[] => [
    ...[...kept.values()].map((end) => journalLine({ kept: end })),
    ...(marks.length === 0 ? [] : [journalLine({ marks })]),
    ...[...open.values()].map((end) => journalLine({ end })),
  ]
  const needed = (): number => kept.size + 1 + open.size
  let file = await writeAnew(path, linesOf())
  let lines = needed()
  let queue: Waiting[] = []
  let writing: Promise<void> | undefined
  let closed = false
  /** A write that failed may have left half a line. */
  let isCut = false

  async function compact(): Promise<void> {
    const before = file
    file = await writeAnew(path, linesOf())
    lines = needed()
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
      if (lines <= needed() + MOST_SPARE_LINES) continue
      await compact().catch((error: unknown) =>
        logger.warn({ error: String(error) }, 'the journal could not be written anew; it goes on as it is'),
      )
    }
    writing = undefined
  }
  const say = (line: JournalLine): Promise<void> =>
    new Promise((done, failed) => {
      queue.push({ line: journalLine(line), done, failed })
      writing ??= writeAll()
    })

  const sayLater = (line: JournalLine): void => {
    say(line).catch((error: unknown) =>
      logger.warn({ error: String(error) }, 'the journal could not be written; after a crash it remembers less of what the store has had'),
    )
  }

  return Object.freeze({
    found: pending,
    kept: keptBefore,
    marks: marksBefore,
    async append(end: PendingEnd): Promise<void> {
      if (closed) throw new Error('The journal is closed.')
      open.set(pendingEndId(end), end)
      await say({ end })
    },
    done(end: PendingEnd): void {
      const id = pendingEndId(end)
      if (!open.delete(id) || closed) return
      say({ done: id }).catch((error: unknown) =>
        logger.warn(
          { error: String(error) },
          'the journal could not note that an end was stored; the next start repeats it, which does no harm',
        ),
      )
    },
    keep(end: PendingEnd): void {
      const id = pendingEndId(end)
      if (closed) return
      kept.delete(id)
      kept.set(id, end)
      const [oldest] = kept.size > MOST_ENDS ? kept.keys() : []
      if (oldest !== undefined) kept.delete(oldest)
      sayLater({ kept: end })
    },
    marked(now: readonly Mark[]): void {
      marks = now
      if (!closed) sayLater({ marks: now })
    },
    async close(): Promise<void> {
      if (closed) return
      closed = true
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
