import type { CancelTimer, Clock, Millis } from '../../clock.js'
import type { ClusterLinks } from './cluster-links.js'
import type { ClusterView } from './cluster-view.js'

/** Who serves which slot, as far as is known. */
export interface ClusterMap {
  /** The name of the primary. */
  owner(slot: number): string | undefined
  /** The names of all that serve a slot. */
  primaries(): readonly string[]
  /** A node has said who serves this slot now. */
  moved(slot: number, name: string): void
  /** Asks the nodes who serves what. */
  refresh(): Promise<void>
  /** Does so in a moment, and again and again until all primaries can be reached. */
  refreshSoon(): void
  close(): void
}

/** While a primary is away, the others are asked this often who has taken over. */
const REFRESH_PAUSE: Millis = 200

export function clusterMap(clock: Clock, links: ClusterLinks, seeds: readonly string[]): ClusterMap {
  const owners: (string | undefined)[] = []
  let known: readonly string[] = seeds
  let turn = 0
  let cancelRefresh: CancelTimer | undefined
  let isClosed = false

  const take = ({ ranges, nodes }: ClusterView): void => {
    if (isClosed) return
    owners.fill(undefined)
    for (const { from, to, primary } of ranges) for (let slot = from; slot <= to; slot++) owners[slot] = primary
    known = [...nodes]
    links.keep(new Set(ranges.map(({ primary }) => primary)))
  }
  /** Each time another node is asked first: the one that was asked last may be cut off and not know it yet. */
  const refresh = async (): Promise<void> => {
    const candidates = [...new Set([...known, ...seeds])]
    turn++
    let fault: unknown
    for (let asked = 0; asked < candidates.length; asked++) {
      try {
        take(await links.view(candidates[(turn + asked) % candidates.length] ?? ''))
        return
      } catch (cause) {
        fault = cause
      }
    }
    throw fault
  }
  const refreshSoon = (): void => {
    if (isClosed || cancelRefresh !== undefined) return
    const again = (): void => {
      cancelRefresh = undefined
      if (!links.areUp(new Set(owners))) refreshSoon()
    }
    // Whatever kept it from being known is still there at the next round.
    cancelRefresh = clock.after(REFRESH_PAUSE, () => void refresh().then(again, again))
  }

  return {
    owner: (slot) => owners[slot],
    primaries: () => [...new Set(owners)].filter((name) => name !== undefined),
    moved(slot, name) {
      owners[slot] = name
    },
    refresh,
    refreshSoon,
    close() {
      isClosed = true
      cancelRefresh?.()
    },
  }
}
