/** Things by the row that they are of. */
export interface ByRowId<Value extends { readonly row: { readonly id: string } }> {
  get(id: string): Value | undefined
  /** Either the one of this id, or any other one if there is none: not compared with the id, which costs more than to find it. */
  candidate(id: string): Value | undefined
  /** Puts one in that is not there yet. */
  add(value: Value): void
  /** Takes one out that is there. */
  delete(value: Value): void
}

/** One large `Map` stalls the process for a second when it grows; this many small ones for a thirtieth of that. */
const SHARDS = 256
/** Row ids are random from their third character on. */
const FIRST = 4
const LAST = 9

/** 32 bits of an id. An odd factor of more than the width of one character, so that each of them counts. */
function placeOf(id: string): number {
  let place = 0
  for (let at = FIRST; at <= LAST; at++) place = (Math.imul(place, 61) + id.charCodeAt(at)) | 0
  return place
}

/**
 * A map by row id that does not hash the whole text: the id of a request is a new text each time, which was never hashed before, and
 * that was half the price of finding it. Few ids have a place in common; those who come second stand aside.
 */
export function byRowId<Value extends { readonly row: { readonly id: string } }>(): ByRowId<Value> {
  const shards: (Map<number, Value> | undefined)[] = Array.from({ length: SHARDS })
  const aside = new Map<string, Value>()

  function at(id: string): Value | undefined {
    const place = placeOf(id)
    return shards[place & (SHARDS - 1)]?.get(place)
  }
  function get(id: string): Value | undefined {
    const found = at(id)
    if (found !== undefined && found.row.id === id) return found
    return aside.size === 0 ? undefined : aside.get(id)
  }
  return Object.freeze<ByRowId<Value>>({
    get,
    // While none stands aside, the one in the place of this id is the only one that can be meant.
    candidate: (id) => (aside.size === 0 ? at(id) : get(id)),
    add(value) {
      const place = placeOf(value.row.id)
      const at = place & (SHARDS - 1)
      const shard = shards[at] ?? new Map<number, Value>()
      shards[at] = shard
      if (shard.has(place)) aside.set(value.row.id, value)
      else shard.set(place, value)
    },
    delete(value) {
      const place = placeOf(value.row.id)
      const shard = shards[place & (SHARDS - 1)]
      if (shard?.get(place) === value) shard.delete(place)
      else aside.delete(value.row.id)
    },
  })
}
