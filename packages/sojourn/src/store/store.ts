import type { Millis } from '../clock.js'
import type { Channels, Watching } from '../signal/signal.js'

/** One stored record. A store indexes what it can see here and never opens `data`. */
export interface Row {
  /** Public handle, never a credential. Begins with its bucket (two letters). 1 to 64 characters of `A-Z a-z 0-9 - _`. */
  readonly id: string
  /** Key of the user index, beginning with the same bucket; `null` for none. Changes once at most: to `null`. */
  readonly owner: string | null
  /** 1 when inserted, then exactly one higher at each replacement. */
  readonly version: number
  /** Never changes; with `id` the order of `list`. */
  readonly createdAt: Millis
  /** By the engine's clock; a store has none. `scan` chooses rows by it. */
  readonly expiresAt: Millis
  /** Sealed by the engine. A store keeps its own copy: what the caller does to the array later changes nothing. */
  readonly data: Uint8Array
}

/**
 * A map of versioned rows with an index by owner. Its only write over an existing row names the version that it
 * replaces, so a row that is gone cannot come back and no update is lost.
 *
 * `0`, `false`, `undefined` and `[]` are answers. Anything thrown means that the store could not be asked; the engine then
 * refuses (503) and never guesses. `sojourn/testing` has the contract as runnable checks.
 */
export interface Store {
  /** True if nothing in it outlives this process; then its keys need not either. */
  readonly isVolatile?: boolean
  /**
   * A folder on this host that belongs to this store's data. Where it is set, a key file that nobody configured is made
   * in it.
   */
  readonly home?: string
  /** How several processes that share this store hear of each other's changes. Without it they must read it each time. */
  readonly channels?: Channels
  /** How a process hears of changes that other processes of this host have made, where that can be asked at any instant. */
  readonly watching?: Watching
  /** Adds a row. Answers 0, and changes nothing, if the id is taken; else how many rows its owner has now, 1 if it has no owner. */
  insert(row: Row): Promise<number>
  /** The row, expired or not, or undefined. */
  get(id: string): Promise<Row | undefined>
  /**
   * Puts `row` in the place of version `row.version - 1`. False, and no change, if that is not what is stored. `message` is sent
   * to all listeners of `channels` in the same atomic step, if the row was replaced; a store without channels ignores it.
   */
  replace(row: Row, message?: string): Promise<boolean>
  /** Takes the row out and hands it to exactly one caller. With `version`, only if that is what is stored. `message` as above. */
  remove(id: string, version?: number, message?: string): Promise<Row | undefined>
  /** The owner's rows, oldest first: by `createdAt`, then by `id` (code-unit order). */
  list(owner: string): Promise<Row[]>
  /** Writes out what is pending and lets go of everything the store opened itself. A second call does nothing. */
  close(): Promise<void>
}

/** A part of the walk over all rows. The order of the walk is the store's own; `expiresAt` only chooses the rows. */
export interface ScanRange {
  /** Rows that expire at or after this instant. */
  readonly from: Millis
  /** Rows that expire before this instant. */
  readonly to: Millis
  /** The most rows that one page may hold, 1 to 1,000. */
  readonly limit: number
  /** The `next` of the page before. */
  readonly after?: string
}

/** A page of a walk. No `next` means that the walk is over. */
export interface ScanPage {
  readonly rows: Row[]
  readonly next?: string
}

/** A store that can also walk over all of its rows. Rows that are there from start to end of a walk are met exactly once. */
export interface ScannableStore extends Store {
  scan(range: ScanRange): Promise<ScanPage>
}

/** Whether a store can walk over its rows (Memcached cannot). */
export function isScannable(store: Store): store is ScannableStore {
  return 'scan' in store && typeof store.scan === 'function'
}

/** For how long a store remembers where it wrote: `settle` speaks of what this process has written in the last so many milliseconds. */
export const SETTLES_FOR: Millis = 10_000

/** A store that keeps several copies, and can tell when a write has reached as many as were configured. */
export interface ReplicatedStore extends Store {
  /**
   * Resolves when everything written to this id's bucket in the last `SETTLES_FOR` has reached the configured copies (`durable`), or
   * the deadline has passed (`stored`).
   */
  settle(id: string): Promise<'stored' | 'durable'>
}

/** Whether a store can tell how far its writes have got. */
export function isReplicated(store: Store): store is ReplicatedStore {
  return 'settle' in store && typeof store.settle === 'function'
}

/** A store on a server that has a clock of its own. It is only compared with that of the engine: sessions never end by it. */
export interface TimedStore extends Store {
  /** The wall clock of the server, in milliseconds since the Unix epoch. */
  now(): Promise<Millis>
}

/** Whether a store can tell the time of its server. */
export function tellsTime(store: Store): store is TimedStore {
  return 'now' in store && typeof store.now === 'function'
}
