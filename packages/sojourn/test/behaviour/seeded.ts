/** A repeatable source of chance (mulberry32): numbers from 0 up to, but without, 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** The seed of a run: `SOJOURN_SEED` repeats one that failed. */
export const SEED: number = Number(process.env['SOJOURN_SEED'] ?? '20260115')
