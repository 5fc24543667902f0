import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/testing/index.js'

describe('seededRandom', () => {
  it('makes the same choices for the same seed, also in later releases', () => {
    const choices = (seed: number): unknown => {
      const random = seededRandom(seed)
      return [random.below(1_000), random.below(1_000), random.pick(['a', 'b', 'c', 'd']), random.shuffle([1, 2, 3, 4, 5])]
    }
    expect(choices(42)).toEqual(choices(42))
    expect(choices(42)).not.toEqual(choices(43))
    expect(choices(42)).toMatchInlineSnapshot(`
      [
        601,
        448,
        "d",
        [
          3,
          5,
          2,
          1,
          4,
        ],
      ]
    `)
  })

  it('spreads its choices evenly', () => {
    const random = seededRandom(1)
    const counts = new Array<number>(10).fill(0)
    for (let draw = 0; draw < 100_000; draw++) {
      const place = random.below(10)
      counts[place] = (counts[place] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })

  it('shuffles into every order, and keeps the items', () => {
    const random = seededRandom(5)
    const orders = new Set(Array.from({ length: 300 }, () => random.shuffle([1, 2, 3]).join('')))
    expect(orders.size).toBe(6)
  })

  it('has nothing to pick from an empty list', () => {
    expect(() => seededRandom(1).pick([])).toThrow(RangeError)
  })
})
