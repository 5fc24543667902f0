import { crc32 } from 'node:zlib'
import { MOST_ENDS } from './latest-ends.js'
import type { Mark } from './marks.js'
import { type PendingEnd, pendingEndId } from './pending-end.js'

/**
 * A line of the journal: something to be done, the id of what has been done, something that the store has already and that is
 * done again if it goes back in time, or how high the marks stand by which that is told.
 */
export type JournalLine =
  | { readonly end: PendingEnd }
  | { readonly done: string }
  | { readonly kept: PendingEnd }
  | { readonly marks: readonly Mark[] }

/** What a journal says, and how much of it could not be read. */
export interface JournalText {
  /** What was to be done and has not been done. */
  readonly pending: readonly PendingEnd[]
  /** What the store had, oldest first. */
  readonly kept: readonly PendingEnd[]
  readonly marks: readonly Mark[]
  /** Lines that are whole and wrong: something has changed the file. */
  readonly damaged: number
  /** Whether the last line was cut off, as a crash does it. Nobody was told that it had been written. */
  readonly isTorn: boolean
}

const CHECK_LENGTH = 8
const VERSION = 1

const checkOf = (body: string): string => crc32(body).toString(16).padStart(CHECK_LENGTH, '0')

/** One line, with its check and its end. */
export function journalLine(line: JournalLine): string {
  const body = JSON.stringify({ v: VERSION, ...line })
  return `${checkOf(body)} ${body}\n`
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const TEXTS = Object.freeze(['owner', 'subject', 'told', 'tenant', 'except', 'barred'])

function readEnd(value: unknown): PendingEnd | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { kind, key, reason, at, mark, authTime, ...rest } = value as Readonly<Record<string, unknown>>
  if ((kind !== 'session' && kind !== 'user' && kind !== 'circle') || !isText(key) || !isText(reason) || !isText(mark)) return undefined
  if (authTime !== undefined && typeof authTime !== 'number') return undefined
  const texts = TEXTS.flatMap((name) => (rest[name] === undefined ? [] : [[name, rest[name]] as const]))
  if (!texts.every(([, text]) => isText(text)) || (kind === 'user' && !isText(rest['owner']))) return undefined
  if (typeof at !== 'number' || !Number.isFinite(at)) return undefined
  return { kind, key, reason, at, mark, ...Object.fromEntries(texts), ...(authTime === undefined ? {} : { authTime }) }
}

function readMark(value: unknown): readonly Mark[] {
  if (typeof value !== 'object' || value === null) return []
  const { id, version, createdAt, expiresAt } = value as Readonly<Record<string, unknown>>
  if (!isText(id) || typeof version !== 'number' || typeof createdAt !== 'number' || typeof expiresAt !== 'number') return []
  return [{ id, version, createdAt, expiresAt }]
}

function readLine(text: string): JournalLine | undefined {
  const body = text.slice(CHECK_LENGTH + 1)
  if (text.charAt(CHECK_LENGTH) !== ' ' || checkOf(body) !== text.slice(0, CHECK_LENGTH)) return undefined
  try {
    const parsed = JSON.parse(body) as Readonly<Record<string, unknown>> | null
    if (parsed?.['v'] !== VERSION) return undefined
    if (isText(parsed['done'])) return { done: parsed['done'] }
    if (Array.isArray(parsed['marks'])) return { marks: parsed['marks'].flatMap(readMark) }
    const kept = readEnd(parsed['kept'])
    if (kept !== undefined) return { kept }
    const end = readEnd(parsed['end'])
    return end === undefined ? undefined : { end }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Reads a journal, whatever has become of it: a line that does not fit its check is passed over, and counted. */
export function readJournal(text: string): JournalText {
  const pending = new Map<string, PendingEnd>()
  const kept = new Map<string, PendingEnd>()
  let marks: readonly Mark[] = []
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  let damaged = 0
  const take = (line: string): boolean => {
    const read = readLine(line)
    if (read === undefined) return false
    if ('done' in read) pending.delete(read.done)
    else if ('marks' in read) marks = read.marks
    else if ('kept' in read) kept.set(pendingEndId(read.kept), read.kept)
    else pending.set(pendingEndId(read.end), read.end)
    return true
  }
  for (const line of lines) {
    // A write that failed is followed by the end of its line.
    if (line !== '' && !take(line)) damaged++
  }
  // All of the line but its end may have been written.
  const isTorn = last !== '' && !take(last)
  return { pending: [...pending.values()], kept: [...kept.values()].slice(-MOST_ENDS), marks, damaged, isTorn }
}
