/** Places of each server on the ring: enough that shares differ by a few percent only. */
const PLACES = 160

/** Letters at the beginning of an id and of an owner that decide where both live. */
const BUCKET_LENGTH = 2

interface Place {
  readonly at: number
  readonly server: number
}

/**
 * Answers the number of the server that a row id or owner belongs to, by its bucket, so that a user's rows and index live
 * and die together. The order of the addresses does not matter to anybody's place. The answer never depends on which
 * servers are up: a server whose keys another one had taken would, when it is back, show sessions that have ended.
 */
export function serverRing(addresses: readonly string[]): (name: string) => number {
  const ring = addresses
    .flatMap((address, server) => Array.from({ length: PLACES }, (_, place): Place => ({ at: hash(`${address}#${place}`), server })))
    // Two servers on one place: the address decides, not the order in which they were given.
    .sort((a, b) => a.at - b.at || ((addresses[a.server] ?? '') < (addresses[b.server] ?? '') ? -1 : 1))

  return (name) => {
    const at = hash(name.slice(0, BUCKET_LENGTH))
    let low = 0
    let high = ring.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ring[middle]?.at ?? 0) < at) low = middle + 1
      else high = middle
    }
    return ring[low % ring.length]?.server ?? 0
  }
}

/** FNV-1a with the final mixing of MurmurHash3: names here are short and alike, which FNV alone leaves too close together. */
function hash(text: string): number {
  let mixed = 0x811c9dc5
  for (let place = 0; place < text.length; place++) mixed = Math.imul(mixed ^ text.charCodeAt(place), 0x01000193)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
