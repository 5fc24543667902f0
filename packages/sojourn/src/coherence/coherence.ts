import type { Clock, Millis } from '../clock.js'
import type { Key } from '../crypto/hash.js'
import type { Random } from '../crypto/random.js'
import type { Logger } from '../events/log.js'
import type { Level } from '../session.js'
import type { Store } from '../store/store.js'
import { cacheless } from './cacheless.js'
import { channelled } from './channelled.js'
import type { Circle } from './circle.js'
import type { NearStore } from './near-store.js'
import type { NodeInfo } from './nodes.js'
import { watched } from './watched.js'

/** What keeps the memory of all nodes in step. */
export interface Coherence {
  /** The store, with rows in memory before it where that is safe. */
  readonly near: NearStore
  /**
   * Resolves with the level that everything written to this row (or user) since `ago` milliseconds ago has reached. `absent`: the store does
   * not have it, so nothing was said of it; others that still have it in memory, from before the store lost it, are told.
   */
  reached(id: string, ago: Millis, absent?: 'absent'): Promise<Level>
  /** `healthy`: changes by others are heard. `degraded`: not at present, so nothing is answered from memory. */
  mode(): 'healthy' | 'degraded'
  /**
   * Resolves once no node answers with what was before this version of a row, which was written with a message: all have heard it, or
   * have no lease any more. False if that could not be told.
   */
  heard(id: string, version: number): Promise<boolean>
  /** Tries to hear what is to be heard, for as long as a caller would wait; `mode` tells what came of it. */
  freshen(): Promise<void>
  /** Nothing is answered from memory any more that was not asked for anew: the store may have other rows. */
  flush(): void
  /** The clock by which nodes hear of each other; undefined where they do not. */
  readonly hearingClock: Clock | undefined
  nodes(): readonly NodeInfo[]
  counts(): CoherenceCounts
  /** Lets go of the channels; the store is closed by `near.close`. */
  close(): Promise<void>
}

export interface CoherenceCounts {
  readonly hits: number
  readonly misses: number
  readonly rows: number
  readonly bytes: number
  /** Messages that none of our nodes has sent. */
  readonly strange: number
}

export interface CoherenceOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Known to all nodes of this installation and to nobody else. */
  readonly key: Key
  readonly name: string
  /** Who keeps rows like these. @default the engines */
  readonly circle?: Circle
  /** Length of the lease: how long a node that hears nothing may go on answering from memory. */
  readonly lease: Millis
  readonly maxRows: number
  readonly maxBytes: number
  /** The place that keeps the rows was lost, emptied or replaced, or may have been. */
  readonly onLost: () => void
  /** Reports something odd that was heard. Called at most once a second. */
  readonly onStranger: (channel: string) => void
  /** A row has been changed with a message, by this node or by another one. */
  readonly onChanged: (id: string, isOwn: boolean) => void
  /** Called a few times a second where there are channels. */
  readonly onLook: () => void
  /** Whether the store is known not to answer: then nobody waits for a lease. */
  readonly isSilent: () => boolean
}

/** Chooses how this store's rows may be kept in memory: through its channels, by looking at the file, or not at all. */
export function openCoherence(options: CoherenceOptions): Coherence {
  const { store } = options
  // With channels also if nothing is kept here: other nodes may keep rows, and have to hear of our changes.
  if (store.channels !== undefined) return channelled(options, store.channels)
  if (options.maxRows === 0) return cacheless(store, options.logger)
  if (store.watching !== undefined) return watched(options, store.watching)
  return cacheless(store, options.logger)
}
