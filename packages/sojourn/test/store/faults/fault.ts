import type { ScannableStore } from '../../../src/store/store.js'
import type { PlainStore } from './plain-store.js'

/** One mistake, and the laws that it must be seen to break. Others may be broken as well. */
export interface Fault {
  readonly name: string
  readonly breaks: readonly string[]
  readonly plant: (store: PlainStore) => Partial<ScannableStore>
}

export const RESURRECTS = 'never brings a removed row back'
export const RESURRECTS_IN_STORM = 'never brings a removed row back while others write it'
export const VERSION = 'replaces only the version that the new row names'
export const ONE_WINNER = 'lets exactly one of a hundred racers replace a version'
export const COUNTER = 'loses no update when many count in one row'
export const REMOVE_ONCE = 'hands a removed row to exactly one of many callers'
export const REMOVE_VERSION = 'removes only the version that is named'
export const REMOVE_OR_REPLACE = 'lets either the remover of a version or its replacer win, never both'
export const TAKEN = 'answers 0 for a taken id and changes nothing'
export const INSERT_RACE = 'lets exactly one of many racers insert an id'
export const COUNT = 'answers the exact number of the owner’s rows, also while many are inserted at once'
export const ORDER = 'lists the owner’s rows oldest first, ties by id in code-unit order'
export const OTHER_OWNER = 'never lists rows of another owner, also where one name begins with the other'
export const END = 'takes a row off its owner’s list when a replacement sets the owner to null'
export const END_IN_ONE_STEP = 'ends a row in one step, seen alike in the row and in the list'
export const GIVEN_ARRAY = 'keeps nothing of the array that it is given'
export const KEPT = 'hands out nothing that it keeps'
export const BYTES = 'hands bytes back exactly'
export const MILLIS = 'keeps milliseconds exactly'
export const IDS = 'keeps ids apart that differ only in case, length or punctuation'
export const EXPIRED = 'hands out a row that has expired, since it has no clock'
export const WHOLE = 'shows only whole rows while they are replaced'
export const ABSENT = 'has an answer, not an error, for what was never inserted'
export const WALK = 'walks over all rows of a span, each once, whatever the size of the pages'
export const BOUNDS = 'scans from its first instant up to its last, which does not belong to it'
export const WALK_BEHIND = 'goes on behind a row that was removed or moved meanwhile'
export const WALK_STORM = 'meets every row that stays exactly once while others come and go'
