import { describe, expect, it } from 'vitest'
import { ANSWERING, afterAnswer, afterFailure, afterRecovery, LEAST_FAILURES, modeOf, type StoreState } from '../../src/outage/mode.js'

const LEASE = 2_000
const doubtful = (since: number, failures: number): StoreState => ({ kind: 'doubtful', since, failures })
const silent: StoreState = { kind: 'silent', since: 100 }
const recovering: StoreState = { kind: 'recovering', since: 100 }
const doubted = (since: number, failures: number): StoreState => ({ ...recovering, doubt: { since, failures } }) as StoreState

describe('after a call that failed, the store is', () => {
  it.each([
    ['doubtful after the first', ANSWERING, 500, 510, doubtful(500, 1)],
    ['doubtful, and since the first one began, after the second', doubtful(500, 1), 600, 610, doubtful(500, 2)],
    ['doubtful since the one that began first, whichever failed first', doubtful(500, 1), 400, 610, doubtful(400, 2)],
    ['doubtful after many within a lease', doubtful(500, 50), 2_400, 2_499, doubtful(500, 51)],
    ['doubtful after two that took longer than a lease', doubtful(500, 1), 5_000, 9_000, doubtful(500, 2)],
    ['silent after three in a lease', doubtful(500, LEAST_FAILURES - 1), 2_400, 2_500, { kind: 'silent', since: 500 }],
    ['silent as before', silent, 9_000, 9_001, silent],
    ['recovering, and in doubt, after the first while it recovers', recovering, 9_000, 9_001, doubted(9_000, 1)],
    ['recovering after many within a lease: one place of several may be away', doubted(9_000, 50), 9_500, 10_999, doubted(9_000, 51)],
    ['silent, in the same outage, after three in a lease while it recovers', doubted(9_000, 2), 10_999, 11_000, silent],
  ] as const)('%s', (_name, state, begun, now, next) => {
    expect(afterFailure(state, begun, now, LEASE)).toEqual(next)
  })
})

describe('after an answer, the store is', () => {
  it.each([
    ['answering after a doubt', doubtful(500, 9), false, ANSWERING],
    ['recovering after a doubt in which something was left to do', doubtful(500, 9), true, { kind: 'recovering', since: 500 }],
    ['recovering after silence, whether anything is left to do or not', silent, false, recovering],
    ['recovering as long as it is not done', recovering, false, recovering],
    ['recovering without doubt after it was in doubt meanwhile', doubted(9_000, 9), false, recovering],
    ['recovering when something turns up that is left to do', ANSWERING, true, { kind: 'recovering', since: 700 }],
    ['answering as before', ANSWERING, false, ANSWERING],
  ] as const)('%s', (_name, state, hasWork, next) => {
    expect(afterAnswer(state, hasWork, 700)).toEqual(next)
  })
})

it('only what recovers is recovered', () => {
  expect(afterRecovery(recovering)).toEqual(ANSWERING)
  for (const state of [ANSWERING, silent, doubtful(1, 1)]) expect(afterRecovery(state)).toBe(state)
})

it.each([
  ['healthy', ANSWERING, true],
  ['degraded', ANSWERING, false],
  ['suspect', doubtful(1, 1), true],
  ['degraded', doubtful(1, 1), false],
  ['degraded', silent, true],
  ['degraded', silent, false],
  ['recovering', recovering, true],
  ['recovering', recovering, false],
] as const)('the mode is %s for %o, changes heard: %s', (mode, state, isHeard) => {
  expect(modeOf(state, isHeard, true)).toBe(mode)
})

it('is recovering while nobody can tell whether the store has gone back in time, and no better than its store', () => {
  expect(modeOf(ANSWERING, true, false)).toBe('recovering')
  expect(modeOf(ANSWERING, false, false)).toBe('degraded')
  expect(modeOf({ kind: 'silent', since: 0 }, true, false)).toBe('degraded')
})
