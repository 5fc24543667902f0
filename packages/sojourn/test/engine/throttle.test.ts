import { describe, expect, it } from 'vitest'
import { throttle } from '../../src/engine/throttle.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

const MINUTE = 60_000

describe('the count of guesses', () => {
  it('is above the limit with the guess after the last that is allowed, and news once a minute [TOK-11]', async () => {
    const clock = fakeClock()
    const counting = throttle({ perSource: 3, overall: 1_000 }, clock)
    const seen = Array.from({ length: 6 }, () => counting.count('a').own)
    expect(seen.map((guess) => guess?.isOver)).toEqual([false, false, false, true, true, true])
    expect(seen.map((guess) => guess?.isNews)).toEqual([false, false, false, true, false, false])
    expect(seen.map((guess) => guess?.remaining)).toEqual([2, 1, 0, 0, 0, 0])
    await clock.advance(MINUTE)
    expect(counting.count('a').own).toMatchObject({ isOver: true, isNews: true })
  })

  it('of one source says nothing about another, and all together are counted as well', () => {
    const counting = throttle({ perSource: 2, overall: 5 }, fakeClock())
    for (let i = 0; i < 4; i++) counting.count('a')
    expect(counting.count('b').own).toMatchObject({ isOver: false, remaining: 1 })
    expect(counting.count('c').overall).toMatchObject({ isOver: true, isNews: true })
    expect(counting.count(undefined)).toMatchObject({ overall: { isOver: true, isNews: false } })
    expect(counting.count(undefined).own).toBeUndefined()
  })

  it('has no edge at the turn of a minute at which twice as much would pass', async () => {
    const clock = fakeClock()
    const counting = throttle({ perSource: 10, overall: 1_000 }, clock)
    await clock.advance(MINUTE - 1_000)
    for (let i = 0; i < 10; i++) expect(counting.count('a').own?.isOver).toBe(false)
    await clock.advance(2_000)
    expect(counting.count('a').own?.isOver).toBe(true)
  })

  it('is forgiven after the time that it names, and is even again two minutes later', async () => {
    for (const start of [0, 10_000, 59_000]) {
      const clock = fakeClock()
      await clock.advance(start)
      const counting = throttle({ perSource: 5, overall: 1_000 }, clock)
      for (let i = 0; i < 20; i++) counting.count('a')
      const { reset } = counting.left('a')
      expect(reset).toBeGreaterThan(0)
      expect(reset).toBeLessThanOrEqual(120)
      await clock.advance(reset * 1_000 + 1_000)
      expect(counting.left('a').remaining, `after ${reset} s from ${start}`).toBeGreaterThanOrEqual(0)
      expect(counting.count('a').own?.isOver, `after ${reset} s from ${start}`).toBe(false)
      await clock.advance(2 * MINUTE)
      expect(counting.left('a').remaining).toBe(5)
    }
  })

  it('keeps a bounded number of sources, and lets go of those that were quiet longest', () => {
    const counting = throttle({ perSource: 2, overall: 1_000_000 }, fakeClock())
    for (let i = 0; i < 3; i++) counting.count('loud')
    for (let i = 0; i < 30_000; i++) {
      counting.count(`source ${i}`)
      if (i % 5_000 === 0) counting.count('loud')
    }
    expect(counting.sources()).toBe(10_000)
    expect(counting.left('loud').remaining).toBe(0)
    expect(counting.left('source 0').remaining).toBe(2)
    expect(counting.left('source 29999').remaining).toBe(1)
  })
})
