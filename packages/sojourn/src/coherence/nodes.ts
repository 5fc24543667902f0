import type { Clock, Millis } from '../clock.js'

/** A node as the others hear of it. */
export interface NodeInfo {
  /** New at each start of a process. */
  readonly id: string
  /** What people call it. */
  readonly name: string
  readonly isSelf: boolean
  /** Milliseconds since its last sign of life. */
  readonly silentFor: Millis
  /** `healthy`: it can answer from memory. `suspect`: it has been silent for half a lease. `gone`: its lease has run out. */
  readonly state: 'healthy' | 'suspect' | 'gone'
  /** Milliseconds that our last beat took to come back; of this node only. */
  readonly lag?: Millis
}

export interface Nodes {
  heard(id: string, name: string): void
  list(): readonly NodeInfo[]
}

/** A node that has been silent for this many leases is forgotten. */
const FORGET_AFTER = 30
/** Nodes that are remembered; more at once are a fault elsewhere, and must not take up memory without end. */
const MOST_NODES = 1_000

/** Who has been heard through the channels. */
export function nodes(clock: Clock, self: string, life: Millis, lag: () => Millis | undefined): Nodes {
  const known = new Map<string, { readonly name: string; readonly at: Millis }>()

  const infoOf = (id: string, name: string, at: Millis, now: Millis): NodeInfo => {
    const silentFor = now - at
    const own = id === self ? lag() : undefined
    return {
      id,
      name,
      isSelf: id === self,
      silentFor,
      state: silentFor >= life ? 'gone' : silentFor >= life / 2 ? 'suspect' : 'healthy',
      ...(own === undefined ? {} : { lag: own }),
    }
  }
  return Object.freeze({
    heard(id: string, name: string): void {
      const now = clock.monotonic()
      known.delete(id)
      known.set(id, { name, at: now })
      for (const [other, { at }] of known) {
        if (now - at < life * FORGET_AFTER && known.size <= MOST_NODES) break
        known.delete(other)
      }
    },
    list(): readonly NodeInfo[] {
      const now = clock.monotonic()
      return [...known].map(([id, { name, at }]) => infoOf(id, name, at, now))
    },
  })
}
