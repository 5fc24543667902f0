/** Choices that look random and are the same for the same seed. For the schedules of tests only: not for secrets. */
export interface SeededRandom {
  readonly seed: number
  /** At least 0, below 1. */
  float(): number
  /** A whole number, at least 0, below `end`. */
  below(end: number): number
  /** One of the items, of which there must be at least one. */
  pick<T>(items: readonly T[]): T
  /** The same items in another order. */
  shuffle<T>(items: readonly T[]): T[]
}

/** The same seed gives the same choices on every machine (mulberry32). */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0

  const float = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (end: number): number => Math.floor(float() * end)

  return {
    seed,
    float,
    below,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError('There is nothing to pick from.')
      return items[below(items.length)] as T
    },
    shuffle<T>(items: readonly T[]): T[] {
      const out = [...items]
      for (let last = out.length - 1; last > 0; last--) {
        const other = below(last + 1)
        const moved = out[last] as T
        out[last] = out[other] as T
        out[other] = moved
      }
      return out
    },
  }
}
