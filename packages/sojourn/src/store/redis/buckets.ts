const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** All buckets, in the order of a walk. */
export const BUCKETS: readonly string[] = Object.freeze([...ALPHABET].flatMap((first) => [...ALPHABET].map((second) => first + second)))

const places = new Map(BUCKETS.map((bucket, place) => [bucket, place]))

/** The bucket that an id or an owner begins with; undefined if it begins with none. Letters of either case name the same one. */
export function bucketOf(name: string): string | undefined {
  const bucket = name.slice(0, 2).toLowerCase()
  return places.has(bucket) ? bucket : undefined
}

/** Its number in `BUCKETS`, or undefined. */
export const placeOf = (bucket: string): number | undefined => places.get(bucket)
