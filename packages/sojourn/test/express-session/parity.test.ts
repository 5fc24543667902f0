import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parityOfAnswers } from './parity/answers.js'
import { parityOfCookies } from './parity/cookies.js'
import { parityOfOptions } from './parity/options.js'
import { parityOfStores } from './parity/stores.js'
import { parityOfVerbs } from './parity/verbs.js'
import { closeServers, SUBJECTS } from './rig.js'

const NOON = Date.UTC(2026, 5, 1, 12)

beforeEach(() => {
  // Time stands until a test moves it; timers and the network run.
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  closeServers()
})

describe.each(SUBJECTS)('$name does what express-session does:', (subject) => {
  describe('cookies', () => parityOfCookies(subject))
  describe('options', () => parityOfOptions(subject))
  describe('the verbs of req.session', () => parityOfVerbs(subject))
  describe('answers', () => parityOfAnswers(subject))
  describe('stores', () => parityOfStores(subject))
})

it('is tried on both libraries', () => {
  expect(new Set(SUBJECTS.map(({ library }) => library)).size).toBe(2)
})
