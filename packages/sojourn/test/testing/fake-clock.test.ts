import { describe, expect, it } from 'vitest'
import { sleep } from '../../src/clock.js'
import { fakeClock } from '../../src/testing/index.js'

describe('fakeClock', () => {
  it('stands still until it is advanced', async () => {
    const clock = fakeClock(1_000)
    expect([clock.now(), clock.monotonic()]).toEqual([1_000, 0])
    await clock.advance(250)
    expect([clock.now(), clock.monotonic()]).toEqual([1_250, 250])
  })

  it('runs the timers that come due, in order, at their own times, and leaves the others', async () => {
    const clock = fakeClock(0)
    const ran: string[] = []
    const note = (name: string) => () => ran.push(`${name} at ${clock.now()}`)
    clock.after(30, note('c'))
    clock.after(10, note('a'))
    clock.after(30, note('d'))
    clock.after(20, note('b'))
    clock.after(31, note('late'))
    await clock.advance(30)
    expect(ran).toEqual(['a at 10', 'b at 20', 'c at 30', 'd at 30'])
    await clock.advance(1)
    expect(ran.at(-1)).toBe('late at 31')
  })

  it('runs a timer once, and never one that was cancelled', async () => {
    const clock = fakeClock()
    let runs = 0
    clock.after(5, () => runs++)
    const cancel = clock.after(5, () => runs++)
    cancel()
    cancel()
    await clock.advance(5)
    await clock.advance(5)
    expect(runs).toBe(1)
  })

  it('lets what a timer has started settle before the next one runs', async () => {
    const clock = fakeClock(0)
    const ran: string[] = []
    clock.after(1, () => {
      void (async () => {
        for (let step = 0; step < 50; step++) await Promise.resolve()
        ran.push('settled')
      })()
    })
    clock.after(1, () => ran.push('next'))
    await clock.advance(1)
    expect(ran).toEqual(['settled', 'next'])
  })

  it('runs timers that are set while it advances, such as those of a loop', async () => {
    const clock = fakeClock(0)
    const beats: number[] = []
    void (async () => {
      for (;;) {
        await sleep(clock, 10)
        beats.push(clock.now())
      }
    })()
    await clock.advance(35)
    expect(beats).toEqual([10, 20, 30])
    expect(clock.now()).toBe(35)
  })

  it('runs what is due now when it is advanced by nothing', async () => {
    const clock = fakeClock()
    let ran = false
    clock.after(-5, () => {
      ran = true
    })
    await clock.advance(0)
    expect(ran).toBe(true)
  })

  it('jumps without time passing: no timer runs, and the monotonic clock does not notice', async () => {
    const clock = fakeClock(1_000)
    let ran = false
    clock.after(10, () => {
      ran = true
    })
    clock.set(999_999)
    await clock.advance(9)
    expect([clock.now(), clock.monotonic(), ran]).toEqual([1_000_008, 9, false])
    clock.set(0)
    await clock.advance(1)
    expect([clock.now(), clock.monotonic(), ran]).toEqual([1, 10, true])
  })

  it('rejects with what a timer threw, and can be advanced again', async () => {
    const clock = fakeClock()
    clock.after(1, () => {
      throw new Error('from the timer')
    })
    await expect(clock.advance(1)).rejects.toThrow('from the timer')
    await clock.advance(1)
  })

  it('refuses to run backwards, to be advanced twice at once, and to run for ever', async () => {
    const clock = fakeClock()
    await expect(clock.advance(-1)).rejects.toThrow(RangeError)
    await expect(clock.advance(Number.NaN)).rejects.toThrow(RangeError)
    const first = clock.advance(1)
    await expect(clock.advance(1)).rejects.toThrow('already')
    await first
    const again = (): void => {
      clock.after(0, again)
    }
    again()
    await expect(clock.advance(1)).rejects.toThrow('sets itself again')
  })
})
