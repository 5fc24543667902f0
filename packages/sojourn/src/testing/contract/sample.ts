import { pid } from 'node:process'
import { type Millis, systemClock } from '../../clock.js'
import type { Row } from '../../store/store.js'

const HOUR: Millis = 3_600_000

/** This run of this process, on this host: two runs on one store must not meet each other's rows. */
const RUN = `${systemClock.now().toString(36)}${pid.toString(36)}${Math.floor(systemClock.monotonic() * 1_000).toString(36)}`

let made = 0

/** A name that no other row or owner has, in the bucket `ab` unless another is named. */
export function unique(bucket = 'ab'): string {
  made++
  return `${bucket}${RUN}-${made.toString(36)}`
}

/** A row for `insert`, unlike all others. Its bytes tell `text`. */
export function sampleRow(over: Partial<Row> = {}, text = ''): Row {
  const now = systemClock.now()
  return { id: unique(), owner: null, version: 1, createdAt: now, expiresAt: now + HOUR, data: bytesOf(text), ...over }
}

/** The row that comes after this one. */
export function nextRow(row: Row, over: Partial<Row> = {}): Row {
  return { ...row, version: row.version + 1, ...over }
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

export const textOf = (row: Row | undefined): string | undefined => row && new TextDecoder().decode(row.data)

/** Widths of windows are far below this. */
const WINDOW: Millis = 1_000

/** The beginning of a span of time, a second long, in which nobody else's rows expire: for walks over a store that others use too. */
export function uniqueWindow(): Millis {
  made++
  return 1e15 + ((((systemClock.now() + pid) % 1e9) * 1_000 + made) % 1e12) * WINDOW
}
