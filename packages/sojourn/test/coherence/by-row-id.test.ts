import { describe, expect, test } from 'vitest'
import { byRowId } from '../../src/coherence/by-row-id.js'
import { seededRandom } from '../../src/testing/seeded-random.js'

const SEED = 20_261_121
const STEPS = 20_000
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

interface Kept {
  readonly row: { readonly id: string }
}

/** Ids that differ where a place is looked for, and ids that differ elsewhere only. */
const ids = ['aaaa', 'zzzz', '0-_9'].flatMap((middle) =>
  [...LETTERS].map((letter) => `aa${letter}${letter}${middle}${middle}${letter}${letter}0123456789`),
)

describe(`a map by row id (seed ${SEED})`, () => {
  test('finds what a Map finds, also among ids that have their place in common', () => {
    const { below } = seededRandom(SEED)
    const map = byRowId<Kept>()
    const model = new Map<string, Kept>()
    for (let step = 0; step < STEPS; step++) {
      const id = ids[below(ids.length)] ?? ''
      const known = model.get(id)
      if (known === undefined) {
        const kept = { row: { id } }
        map.add(kept)
        model.set(id, kept)
      } else if (below(3) > 0) {
        map.delete(known)
        model.delete(id)
      }
      const asked = ids[below(ids.length)] ?? ''
      expect(map.get(asked)).toBe(model.get(asked))
      const candidate = map.candidate(asked)
      if (model.has(asked) || candidate === undefined) expect(candidate).toBe(model.get(asked))
      else expect(candidate).toBe(model.get(candidate.row.id))
      expect(map.get(id)).toBe(model.get(id))
    }
  })

  test('finds an id that is part of a longer text by what it says, not by where it came from', () => {
    const map = byRowId<Kept>()
    const kept = { row: { id: 'aabbccddeeffgghhiijjkkll' } }
    map.add(kept)
    expect(map.get(`${kept.row.id}and more`.slice(0, kept.row.id.length))).toBe(kept)
    expect(map.get(`${kept.row.id}and more`)).toBeUndefined()
    expect(map.get('aa')).toBeUndefined()
    expect(map.get('')).toBeUndefined()
  })
})
