import type { Logger } from '../events/log.js'
import { type JournalLine, journalLine, readJournal } from './journal-lines.js'
import { latestEnds } from './latest-ends.js'
import { openLineFile, textOf } from './line-file.js'
import type { Mark } from './marks.js'
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

const FORGETFUL = 'the journal could not be written; after a crash it remembers less of what the store has had'

type FoundInJournal = ReturnType<typeof readJournal>

async function readWhole(path: string, logger: Logger): Promise<FoundInJournal> {
  const found = readJournal(await textOf(path))
  const { damaged, isTorn } = found
  if (damaged > 0)
    logger.error(
      { path, damaged },
      'lines of the journal are damaged: ends of sessions that stood there are lost unless the store has them',
    )
  if (isTorn) logger.warn({ path }, 'the last line of the journal was cut off by a crash; it had been promised to nobody')
  return found
}

/**
 * Opens the journal of one process, or makes it. Two processes must not have the same one. Lines that a crash has torn off
 * were promised to nobody; damaged ones are passed over and logged.
 */
export async function openJournal(path: string, logger: Logger): Promise<Journal> {
  const found = await readWhole(path, logger)
  const open = new Map(found.pending.map((end) => [pendingEndId(end), end]))
  const kept = latestEnds(found.kept)
  let marks = found.marks
  let closed = false
  const all = (): readonly string[] => [
    ...kept.all().map((end) => journalLine({ kept: end })),
    ...(marks.length === 0 ? [] : [journalLine({ marks })]),
    ...[...open.values()].map((end) => journalLine({ end })),
  ]
  const file = await openLineFile(path, { all, count: () => kept.count() + 1 + open.size }, logger)

  const say = (line: JournalLine): Promise<void> => file.append(journalLine(line))
  const sayLater = (line: JournalLine, otherwise: string): void => {
    say(line).catch((error: unknown) => logger.warn({ error: String(error) }, otherwise))
  }
  return Object.freeze({
    found: found.pending,
    kept: found.kept,
    marks: found.marks,
    async append(end: PendingEnd): Promise<void> {
      if (closed) throw new Error('The journal is closed.')
      open.set(pendingEndId(end), end)
      await say({ end })
    },
    done(end: PendingEnd): void {
      const id = pendingEndId(end)
      if (!open.delete(id) || closed) return
      sayLater({ done: id }, 'the journal could not note that an end was stored; the next start repeats it, which does no harm')
    },
    keep(end: PendingEnd): void {
      if (closed) return
      kept.add(end)
      sayLater({ kept: end }, FORGETFUL)
    },
    marked(now: readonly Mark[]): void {
      marks = now
      if (!closed) sayLater({ marks: now }, FORGETFUL)
    },
    async close(): Promise<void> {
      if (closed) return
      closed = true
      await file.close()
    },
  })
}
