import type { Reading } from '../clock.js'

/** Whether this node has heard of every change. */
export interface Freshness {
  /** Whether no change of this row can have gone unheard until this instant. Asked at each use of a row in memory. A `reading` of the clock says when that instant is. */
  isFresh(id: string, reading?: Reading): boolean
  /** Tries to hear what is to be heard now. Resolves whether `isFresh` holds then. */
  freshen(id: string): Promise<boolean>
}
