import { SessionError } from '../errors.js'
import { RING_ROW_ID } from '../keyring/ring-home.js'
import type { Row, ScannableStore } from '../store/store.js'
import { checkRing } from './check-ring.js'
import { HEADER } from './export-rows.js'
import { type Placing, place } from './place.js'
import { lineOfRow, MAX_LINE, rowOfLine } from './row-line.js'
import { rowsChecksum } from './rows-checksum.js'

export interface ImportOptions {
  readonly onProgress?: (so: { readonly rows: number }) => void
}

export interface Imported {
  /** Rows in the file. */
  readonly rows: number
  /** Those that this call has stored. */
  readonly stored: number
  /** Those that were there already, exactly like this. */
  readonly skipped: number
  /** Those of which the store had a newer version, or the end; both stay. */
  readonly superseded: number
  readonly checksum: string
}

/** Rows between two reports of progress. */
const TOLD_EVERY = 500
/** Rows on the way at once. */
const WIDTH = 16
const MAX_TRIES = 32

function bad(line: number, message: string): SessionError {
  return new SessionError('INVALID_ARGUMENT', `line ${line}: ${message}`, { path: `line ${line}` })
}

function parse(text: string, line: number): Readonly<Record<string, unknown>> {
  if (text.length > MAX_LINE) throw bad(line, `it has more than ${MAX_LINE} characters; this is no file of rows, or it is damaged.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw bad(line, 'it is not JSON; the file is damaged, or was cut off here.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(line, 'it is not a JSON object.')
  return value as Readonly<Record<string, unknown>>
}

function checkHeader(header: Readonly<Record<string, unknown>>): void {
  if (header['format'] !== HEADER.format) throw bad(1, 'this is not a file of rows: it must begin with {"format":"sojourn-rows", …}.')
  if (header['version'] !== HEADER.version)
    throw bad(
      1,
      `the file has version ${String(header['version']).slice(0, 16)} of the format; this Sojourn reads version ${HEADER.version}.`,
    )
}

async function store(to: ScannableStore, row: Row): Promise<Exclude<Placing, 'raced'>> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const placing = await place(to, row)
    if (placing !== 'raced') return placing
  }
  throw new SessionError('STORE_UNAVAILABLE', 'A row is being changed by too many at once while it is imported. Try again.', {
    retryAfter: 1,
  })
}

/** What has been read so far, against which the trailer is held. */
function reading(to: ScannableStore) {
  const counts = { placed: 0, same: 0, superseded: 0 }
  const sum = rowsChecksum()
  let rows = 0
  let waiting: Row[] = []
  async function flush(): Promise<void> {
    const group = waiting
    waiting = []
    for (const placing of await Promise.all(group.map((row) => store(to, row)))) counts[placing]++
  }
  return {
    flush,
    rows: () => rows,
    async add(row: Row, text: string): Promise<void> {
      sum.addLine(text)
      rows++
      // Should the keys not fit, nothing is stored at all.
      if (row.id === RING_ROW_ID) await checkRing(to, row)
      waiting.push(row)
      if (waiting.length >= WIDTH) await flush()
    },
    checkTrailer(trailer: Readonly<Record<string, unknown>>, line: number): void {
      if (trailer['rows'] !== rows)
        throw bad(line, `the trailer tells of ${String(trailer['rows']).slice(0, 16)} rows, but ${rows} came before it.`)
      if (trailer['checksum'] !== sum.text()) throw bad(line, 'the checksum is not that of the rows before it: one of them was changed.')
    },
    result: (): Imported => ({ rows, stored: counts.placed, skipped: counts.same, superseded: counts.superseded, checksum: sum.text() }),
  }
}

/**
 * Stores the rows that `exportRows` wrote, a few lines at a time. A newer version that is there stays, and so does an end.
 * It may be interrupted and called again with the same file from its beginning: rows that are there already are skipped.
 *
 * Throws `INVALID_ARGUMENT` with the path `line 17` for a line that is no row, for a file that was cut off, and if count or
 * checksum of the rows are not those of the trailer; rows before that line may be stored then. Throws `CONFLICT` if the
 * store belongs to another installation.
 */
export async function importRows(to: ScannableStore, lines: AsyncIterable<string>, options: ImportOptions = {}): Promise<Imported> {
  const so = reading(to)
  let line = 0
  let isWhole = false
  for await (const text of lines) {
    line++
    if (isWhole) throw bad(line, 'something follows the trailer; two files may have been joined.')
    const value = parse(text, line)
    if (line === 1) checkHeader(value)
    else if ('rows' in value) {
      so.checkTrailer(value, line)
      await so.flush()
      isWhole = true
    } else {
      const row = rowOfLine(value)
      // In another spelling than ours it would have another checksum, which tells too late which line it was.
      if (row === undefined || lineOfRow(row) !== text) throw bad(line, 'it is not a row; the file is damaged, or was edited.')
      await so.add(row, text)
      if (so.rows() % TOLD_EVERY === 0) options.onProgress?.({ rows: so.rows() })
    }
  }
  if (line === 0) throw bad(1, 'the file is empty.')
  if (!isWhole) throw bad(line + 1, 'the file ends without its trailer: it was cut off.')
  return so.result()
}
