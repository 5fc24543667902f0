import { describe, expect, it } from 'vitest'
import { sortedList } from '../../src/store/sorted-list.js'
import { seededRandom } from '../../src/testing/index.js'

describe('sortedList', () => {
  it('holds what a sorted array would, through splits and emptied chunks', () => {
    const random = seededRandom(7)
    const list = sortedList<number>((a, b) => a - b)
    const expected = new Set<number>()
    const check = (): void => {
      const start = random.below(20_000)
      const all = [...expected].sort((a, b) => a - b).filter((item) => item >= start)
      expect([...list.from((item) => item < start)]).toEqual(all)
    }
    for (let step = 0; step < 10_000; step++) {
      const item = random.below(20_000)
      if (!expected.has(item)) list.add(item)
      expected.add(item)
      if (step % 1_000 === 0) check()
    }
    for (const item of random.shuffle([...expected])) {
      list.delete(item)
      list.delete(item)
      expected.delete(item)
      if (expected.size % 500 === 0) check()
    }
    expect([...list.from(() => false)]).toEqual([])
    list.add(1)
    expect([...list.from(() => false)]).toEqual([1])
  })
})
