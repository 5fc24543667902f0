/** Answers below 0 if `a` comes first, above 0 if `b` does, 0 only for the same item. */
export type Order<T> = (a: T, b: T) => number

/** A set kept in order, in which finding, adding and removing stay cheap at a million items. */
export interface SortedList<T> {
  add(item: T): void
  /** Takes out the item at the same place in the order; does nothing if there is none. */
  delete(item: T): void
  /** The items for which `isBefore` is false, in order. `isBefore` must be true for none but the first ones. */
  from(isBefore: (item: T) => boolean): Generator<T, void, undefined>
}

/**
 * A chunk is split beyond this length. Adding moves at most this many pointers, and a million items are about two
 * thousand chunks: both ends of the bargain cost well under a microsecond.
 */
const CHUNK_ITEMS = 1_024

/** A list of sorted chunks: no rebalancing and no recursion, and no sorting when it is read. */
export function sortedList<T>(order: Order<T>): SortedList<T> {
  const chunks: T[][] = []

  const chunkAt = (isBefore: (item: T) => boolean): number =>
    firstNot(chunks, (chunk) => {
      const last = chunk.at(-1)
      return last !== undefined && isBefore(last)
    })

  return {
    add(item) {
      const isBefore = (other: T): boolean => order(other, item) < 0
      const at = Math.min(chunkAt(isBefore), Math.max(chunks.length - 1, 0))
      const chunk = chunks[at]
      if (chunk === undefined) {
        chunks.push([item])
        return
      }
      chunk.splice(firstNot(chunk, isBefore), 0, item)
      if (chunk.length > CHUNK_ITEMS) chunks.splice(at + 1, 0, chunk.splice(CHUNK_ITEMS / 2))
    },
    delete(item) {
      const isBefore = (other: T): boolean => order(other, item) < 0
      const at = chunkAt(isBefore)
      const chunk = chunks[at]
      if (chunk === undefined) return
      const place = firstNot(chunk, isBefore)
      const found = chunk[place]
      if (found === undefined || order(found, item) !== 0) return
      chunk.splice(place, 1)
      if (chunk.length === 0) chunks.splice(at, 1)
    },
    *from(isBefore) {
      let at = chunkAt(isBefore)
      let place = firstNot(chunks[at] ?? [], isBefore)
      for (let chunk = chunks[at]; chunk !== undefined; chunk = chunks[at]) {
        for (; place < chunk.length; place++) yield chunk[place] as T
        at++
        place = 0
      }
    },
  }
}

/** The first index whose item is not before: a binary search. */
function firstNot<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(items[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}
