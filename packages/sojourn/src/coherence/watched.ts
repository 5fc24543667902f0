import type { Millis } from '../clock.js'
import type { Level } from '../session.js'
import type { Watching } from '../signal/signal.js'
import { boundedRows } from './bounded-rows.js'
import { cached } from './cached.js'
import type { Coherence, CoherenceOptions } from './coherence.js'
import { settled } from './settled.js'

/** The store itself tells what was changed; that there is a message says that it is to be told. */
const SAID = Object.freeze({ message: () => '', dropped: () => undefined })

/** Rows in memory before a store of this host, which is asked at each use whether another process has changed anything. */
export function watched({ store, logger, maxRows, maxBytes, onChanged }: CoherenceOptions, watching: Watching): Coherence {
  const watch = watching.watch()
  const rows = boundedRows({ maxRows, maxBytes })
  const isFresh = (): boolean => {
    const unheard = watch.unheard()
    if (unheard === 'all') cache.flush()
    else
      for (const { id, version } of unheard) {
        cache.changed(id, version)
        onChanged(id, false)
      }
    return true
  }
  const cache = cached(store, rows, { isFresh, freshen: async () => isFresh() }, SAID)
  return Object.freeze({
    near: cache.near,
    reached: async (id: string, ago: Millis): Promise<Level> => ((await settled(store, id, ago, logger)) ? 'everywhere' : 'stored'),
    heard: async () => true,
    mode: () => 'healthy',
    freshen: async () => undefined,
    flush: cache.flush,
    hearingClock: undefined,
    nodes: () => [],
    counts: () => ({ ...cache.counts(), ...rows.size(), strange: 0 }),
    close: async () => watch.close(),
  } satisfies Coherence)
}
