import { describe, expect, it } from 'vitest'
import { type GroupCommit, groupCommit } from '../../src/store/group-commit.js'
import { untilFree } from '../../src/store/until-free.js'
import { fakeClock } from '../../src/testing/index.js'

/** A transaction on nothing, which notes its calls and fails where it is told to. */
function open(failing: { begin?: number; commit?: number; rollback?: number } = {}): {
  readonly log: string[]
  readonly writes: GroupCommit
} {
  const log: string[] = []
  const left = { begin: 0, commit: 0, rollback: 0, ...failing }
  const step = (name: 'begin' | 'commit' | 'rollback') => (): void => {
    log.push(name)
    if (left[name]-- > 0) throw new Error(`${name} failed`)
  }
  const clock = fakeClock()
  const transaction = { begin: step('begin'), commit: step('commit'), rollback: step('rollback') }
  return { log, writes: groupCommit({ transaction, clock, untilFree: untilFree({ clock, limit: 0, isBusy: () => false }) }) }
}

const outcomes = async (writes: GroupCommit, verbs: readonly (() => unknown)[]): Promise<unknown[]> => {
  const settled = await Promise.allSettled(verbs.map((verb) => writes.run(verb)))
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code))
}

describe('groupCommit', () => {
  it('makes one transaction of what arrives in one turn, and another of what arrives later', async () => {
    const { log, writes } = open()
    const verb = (name: string) => () => log.push(name)
    await outcomes(writes, [verb('a'), verb('b')])
    await outcomes(writes, [verb('c')])
    expect(log).toEqual(['begin', 'a', 'b', 'commit', 'begin', 'c', 'commit'])
  })

  it('answers nothing that was not committed', async () => {
    const { writes } = open({ commit: 100 })
    expect(await outcomes(writes, [() => 1, () => 2])).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'])
    const alone = open({ commit: 1 })
    expect(await outcomes(alone.writes, [() => 1])).toEqual(['STORE_UNAVAILABLE'])
  })

  it('runs each verb of a failed group by itself, so that the others succeed', async () => {
    const { log, writes } = open()
    const bad = (): never => {
      throw new Error('bad')
    }
    expect(await outcomes(writes, [() => 1, bad, () => 3])).toEqual([1, 'STORE_UNAVAILABLE', 3])
    expect(log).toEqual(['begin', 'rollback', 'begin', 'commit', 'begin', 'rollback', 'begin', 'commit'])
  })

  it('answers the second run when the commit of the group has failed', async () => {
    const { writes } = open({ commit: 1 })
    let runs = 0
    expect(await outcomes(writes, [() => ++runs, () => ++runs])).toEqual([3, 4])
  })

  it('refuses the whole group, and goes on with the next, when no transaction can begin', async () => {
    const { log, writes } = open({ begin: 1 })
    expect(await outcomes(writes, [() => log.push('never'), () => 2])).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'])
    expect(log).toEqual(['begin'])
    expect(await outcomes(writes, [() => 3])).toEqual([3])
  })

  it('goes on when a roll-back fails as well', async () => {
    const { writes } = open({ commit: 1, rollback: 1 })
    expect(await outcomes(writes, [() => 1])).toEqual(['STORE_UNAVAILABLE'])
    expect(await outcomes(writes, [() => 2])).toEqual([2])
  })

  it('refuses at once what would have to wait behind 16,384 others [AVL-2]', async () => {
    const { writes } = open()
    const answers = await outcomes(
      writes,
      Array.from({ length: 16_390 }, (_, place) => () => place),
    )
    expect(answers.slice(16_383)).toEqual([16_383, ...Array.from({ length: 6 }, () => 'STORE_UNAVAILABLE')])
    expect(await outcomes(writes, [() => 'again']), 'when they are done').toEqual(['again'])
  })

  it('has nothing waiting once it is drained', async () => {
    const { log, writes } = open()
    const writing = [writes.run(() => log.push('a')), writes.run(() => log.push('b'))]
    await writes.drain()
    expect(log.at(-1)).toBe('commit')
    await Promise.all(writing)
    await writes.drain()
  })
})

describe('untilFree', () => {
  const busy = new Error('busy')

  it('asks again until nobody is in the way, and lets other work run meanwhile', async () => {
    const whenFree = untilFree({ clock: fakeClock(), limit: 5, isBusy: (fault) => fault === busy })
    let tries = 0
    let otherWork = 0
    const other = setInterval(() => otherWork++, 0)
    const answer = await whenFree(() => {
      if (++tries < 500 || otherWork < 1) throw busy
      return 'free'
    })
    clearInterval(other)
    expect(answer).toBe('free')
  })

  it('gives up at its limit, but never without a try', async () => {
    const clock = fakeClock()
    const whenFree = untilFree({ clock, limit: 5, isBusy: (fault) => fault === busy })
    let tries = 0
    const asking = whenFree(() => {
      tries++
      throw busy
    })
    const refused = expect(asking).rejects.toBe(busy)
    await clock.advance(4)
    expect(tries).toBeGreaterThan(1)
    await clock.advance(1)
    await refused
    expect(await whenFree(() => 'late', -1_000)).toBe('late')
  })

  it('throws what does not pass by itself at once', async () => {
    const whenFree = untilFree({ clock: fakeClock(), limit: 5, isBusy: (fault) => fault === busy })
    let tries = 0
    const asking = whenFree(() => {
      tries++
      throw new TypeError('wrong')
    })
    await expect(asking).rejects.toThrow(TypeError)
    expect(tries).toBe(1)
  })
})
