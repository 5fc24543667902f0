import { describe, expect, test } from 'vitest'
import { lease } from '../../src/coherence/lease.js'
import { steadyClock } from '../../src/engine/steady-clock.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

const LENGTH = 2_000
/** What the wall clock of a machine shows that slept this long, while its monotonic clock stood still. */
const SLEPT = 3_000

function running() {
  const clock = fakeClock()
  const right = lease(clock, LENGTH)
  right.extend(right.begin())
  return { clock, right, started: clock.now() }
}

describe('a lease', () => {
  test('does not hold on a machine that slept', () => {
    const { clock, right, started } = running()
    clock.set(started + SLEPT)
    expect(right.holds()).toBe(false)
  })

  test('stays over when the wall clock is put right after a sleep was noticed', () => {
    const { clock, right, started } = running()
    clock.set(started + SLEPT)
    expect(right.holds()).toBe(false)
    clock.set(started)
    expect(right.holds()).toBe(false)
  })

  test('is not extended by what was begun before a sleep that was noticed', () => {
    const { clock, right, started } = running()
    const before = right.begin()
    clock.set(started + SLEPT)
    expect(right.holds()).toBe(false)
    clock.set(started)
    right.extend(before)
    expect(right.holds()).toBe(false)
    right.extend(right.begin())
    expect(right.holds()).toBe(true)
  })

  test('that has run out does not keep a beat under way from extending it, however often it is asked for', async () => {
    const { clock, right } = running()
    await clock.advance(LENGTH)
    const begun = right.begin()
    for (let times = 0; times < 3; times++) expect(right.holds()).toBe(false)
    right.extend(begun)
    expect(right.holds()).toBe(true)
  })

  test('is asked about the instant that its clock was just read at, without reading it again', async () => {
    const { clock, right, started } = running()
    const held = steadyClock(clock).read()
    expect(right.holds(held)).toBe(true)
    await clock.advance(LENGTH)
    expect(right.holds(steadyClock(clock).read())).toBe(false)
    const again = running()
    again.clock.set(again.started + SLEPT)
    expect(again.right.holds(steadyClock(again.clock).read())).toBe(false)
    again.clock.set(again.started)
    expect(again.right.holds()).toBe(false)
    expect(clock.now()).toBe(started + LENGTH)
  })

  test('believes nothing of what another clock says', async () => {
    const { clock, right } = running()
    const other = steadyClock(fakeClock()).read()
    await clock.advance(LENGTH)
    expect(right.holds(other)).toBe(false)
  })
})
