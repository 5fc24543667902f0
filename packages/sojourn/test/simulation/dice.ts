import type { Random } from '../../src/crypto/random.js'
import { type SeededRandom, seededRandom } from '../../src/testing/seeded-random.js'

/** Choices of one history, each purpose with its own sequence: leaving out one step changes little else. */
export interface Dice extends SeededRandom {
  chance(of: number): boolean
  between(least: number, most: number): number
  /** Another sequence, the same for the same name. */
  own(name: string): Dice
}

/** FNV-1a over the characters, continued from `start`. */
export function hashText(text: string, start = 0x811c9dc5): number {
  let hash = start
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

export function dice(seed: number): Dice {
  const drawn = seededRandom(seed)
  const { float, below, pick, shuffle } = drawn
  // Written out: what is spread is no object that V8 has a class for.
  return {
    seed,
    float,
    below,
    pick,
    shuffle,
    chance: (of) => drawn.float() < of,
    between: (least, most) => least + drawn.float() * (most - least),
    own: (name) => dice(hashText(name, (seed ^ 0x9e3779b9) >>> 0)),
  }
}

/** What a node takes for the random source of its system. */
export function seededBytes(seed: number): Random {
  let state = seed >>> 0 || 1
  return {
    bytes(length) {
      const out = new Uint8Array(length)
      for (let at = 0; at < length; at++) {
        state ^= state << 13
        state ^= state >>> 17
        state ^= state << 5
        out[at] = state >>> 11
      }
      return out
    },
  }
}
