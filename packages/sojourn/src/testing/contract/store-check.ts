import type { Store } from '../../store/store.js'

/** One law of the store contract, as something that can be run. */
export interface StoreCheck {
  /** The law, as a sentence about the store. Unique, and stable enough to be named in a list of known deviations. */
  readonly name: string
  /** What a store must be able to do for this law to concern it; see `isScannable`. Left out: it concerns every store. */
  readonly needs?: 'scan'
  /**
   * Resolves if the store keeps the law, else rejects with an `AssertionError`. Uses rows and owners of its own, so it can
   * run on a store that holds other rows and beside other checks. Does not close the store.
   */
  check(store: Store): Promise<void>
}
