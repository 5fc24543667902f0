/** Whether this node has heard of every change. */
export interface Freshness {
  /** Whether no change of this row can have gone unheard until this instant. Asked at each use of a row in memory. */
  isFresh(id: string): boolean
  /** Tries to hear what is to be heard now. Resolves whether `isFresh` holds then. */
  freshen(id: string): Promise<boolean>
}
