import { createSessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import type { Millis } from '../../src/clock.js'
import { steadyClock } from '../../src/engine/steady-clock.js'
import type { Store } from '../../src/store/store.js'

const HOUR = 3_600_000

describe('the clock that sessions end by', () => {
  it('goes on from where it was when the clock of the machine is put back [TMO-8]', async () => {
    const machine = fakeClock()
    const clock = steadyClock(machine)
    const start = clock.now()
    machine.set(machine.now() - HOUR)
    expect(clock.now()).toBe(start)
    await machine.advance(5_000)
    expect(clock.now()).toBe(start + 5_000)
    machine.set(machine.now() + HOUR)
    expect(clock.now()).toBe(start + 5_000)
    machine.set(machine.now() + HOUR)
    expect(clock.now()).toBe(start + 5_000 + HOUR)
  })

  it('never runs back over a million readings of the real one, and agrees with it', () => {
    const real = { now: () => Date.now(), monotonic: () => performance.now(), after: () => () => undefined }
    const clock = steadyClock(real)
    let last = 0
    for (let i = 0; i < 1_000_000; i++) {
      const now = clock.now()
      if (now < last) expect(now).toBeGreaterThanOrEqual(last)
      last = now
    }
    const before = Date.now()
    const told = clock.now()
    expect(told).toBeGreaterThanOrEqual(before)
    expect(told).toBeLessThanOrEqual(Date.now() + 1)
  })
})

describe('a reading of the clocks', () => {
  it('says what the clock says, also after the machine was put back', async () => {
    const machine = fakeClock()
    const clock = steadyClock(machine)
    const start = clock.at(clock.read())
    expect(start).toBe(machine.now())
    machine.set(machine.now() - HOUR)
    expect(clock.at(clock.read())).toBe(start)
    await machine.advance(5_000)
    expect(clock.at(clock.read())).toBe(clock.now())
    expect(clock.now()).toBe(start + 5_000)
  })
})

describe('a pause between the readings of two clocks', () => {
  it('puts the time forward by nothing', () => {
    let passed = 0
    let pause = 0
    const machine = {
      now: () => {
        const now = 1_000_000 + passed
        passed += pause
        return now
      },
      monotonic: () => passed,
      after: () => () => undefined,
    }
    const clock = steadyClock(machine)
    clock.now()
    pause = 60_000
    expect(clock.now()).toBe(1_060_000)
    pause = 0
    expect(clock.now()).toBe(1_060_000)
  })
})

/** A store in memory whose server has a clock that is off by so much. */
async function storeOffBy(off: () => Millis, machine: { now(): Millis }): Promise<Store> {
  return { ...(await memoryStore()), now: () => Promise.resolve(machine.now() + off()) } as Store
}

describe('the distance of clocks', () => {
  it('to the store is measured, and told once when it is more than two seconds [TMO-8]', async () => {
    const clock = fakeClock()
    const warnings: unknown[] = []
    const logger = {
      info: () => undefined,
      error: () => undefined,
      warn: (details: object, message: string) => void warnings.push({ ...details, message }),
    }
    let off = 1_999
    await using sessions = await createSessionManager({ storage: await storeOffBy(() => off, clock), clock, logger })
    expect(await sessions.clockSkew()).toBe(1_999)
    expect(warnings).toEqual([])
    off = -31_000
    expect(await sessions.clockSkew()).toBe(31_000)
    expect(await sessions.clockSkew()).toBe(31_000)
    expect(warnings).toEqual([expect.objectContaining({ milliseconds: 31_000, message: 'the clocks that sessions end by disagree' })])
    expect(sessions.metricsText()).toContain('sojourn_clock_skew_seconds 31')
    off = 0
    expect(await sessions.clockSkew()).toBe(0)
  })

  it('to the machine is measured when its clock was put back, whatever the store is [TMO-8]', async () => {
    const clock = fakeClock()
    await using sessions = await createSessionManager({ clock })
    await sessions.createSession('alice')
    clock.set(clock.now() - HOUR)
    expect(await sessions.clockSkew()).toBe(HOUR)
  })

  it('is not guessed when the store does not answer', async () => {
    const clock = fakeClock()
    const store = { ...(await memoryStore()), now: () => Promise.reject(new Error('away')) } as Store
    await using sessions = await createSessionManager({ storage: store, clock })
    expect(await sessions.clockSkew()).toBe(0)
  })
})
