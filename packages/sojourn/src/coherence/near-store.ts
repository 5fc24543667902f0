import type { Reading } from '../clock.js'
import type { Row, Store } from '../store/store.js'

/**
 * A store as the engine sees it. `get` may answer from memory, and then with the same row object until the row changes; it
 * throws `STORE_UNAVAILABLE` if nobody can say whether that is still so.
 */
export interface NearStore extends Store {
  /** The row, if memory may answer for it at this instant: the one of `reading`, if that was made just now. */
  peek(id: string, reading?: Reading): Row | undefined
  /**
   * What `peek` answers; but where that is nothing, perhaps another row, for the ids are not compared. Only for those who then prove
   * what the row is: a comparison of ids costs more than to find it.
   */
  candidate(id: string, reading?: Reading): Row | undefined
  /**
   * The row as this node read it last, which need not be so any more. For those who then ask the store: `get` answers this very
   * object if it stands there unchanged.
   */
  recall(id: string): Row | undefined
  /**
   * The row in the store itself, however well this node hears of changes: for those who change it, since the version that they
   * name protects them, and for those who need the last activity.
   */
  reread(id: string): Promise<Row | undefined>
  /** `unkept` for a row that nobody is going to read: it would take the room of one that somebody does. */
  insert(row: Row, unkept?: 'unkept'): Promise<number>
  /** `quiet` for a change that no other node needs to know of: activity. */
  replace(row: Row, quiet?: 'quiet'): Promise<boolean>
}
