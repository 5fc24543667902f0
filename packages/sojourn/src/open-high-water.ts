import type { Engine } from './engine/engine.js'
import { markRow } from './engine/mark-row.js'
import { type HighWater, highWater } from './outage/high-water.js'
import type { Journal } from './outage/journal.js'
import { isScannable, type Store } from './store/store.js'

interface Parts extends Pick<Engine, 'settings' | 'keys' | 'clock' | 'random' | 'logger'> {
  readonly store: Store
  /** The same, as everybody asks it. */
  readonly asked: Store
  readonly journal: Journal | undefined
}

/**
 * Watches whether the store goes back in time. Undefined where nothing would be left to tell that: nothing outlives this process
 * and nobody else has the store. Memcached forgets rows without having gone back.
 */
export function openHighWater({ store, asked, settings, keys, clock, random, logger, journal }: Parts): HighWater | undefined {
  const isTold = isScannable(store) && store.isVolatile !== true && (store.channels !== undefined || journal !== undefined)
  if (!isTold) return undefined
  const raiser = { keys, clock, random }
  return highWater({ store: asked, clock, logger, lease: settings.lease, journal, markRow: (near, mark) => markRow(raiser, near, mark) })
}
