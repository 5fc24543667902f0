import { isSessionError } from 'sojourn'
import { expect } from 'vitest'
import type { Sessions } from '../../src/sessions.js'
import { type BehaviourCheck, type Bench, rounds } from './bench.js'
import { LONGEST_BACK_OFF, turn } from './bench-clock.js'
import { HOUR, MINUTE, RENEWABLE } from './expectations.js'
import { SEED, seeded } from './seeded.js'

type Racer = (sessions: Sessions, token: string) => Promise<unknown>

const RACERS: readonly Racer[] = [
  (sessions, token) => sessions.validateSession(token),
  (sessions, token) => sessions.validateSession(token, { ipAddress: '198.51.100.9' }),
  (sessions, token) => sessions.renewSession(token),
  (sessions, token) => sessions.updateSessionContext(token, { deviceId: 'phone-3' }),
  (sessions, token) => sessions.setSessionPermissions(token, ['admin']),
]

/** Lets the calls under way take turns at the store in an order that `chance` chooses, until all of `work` is settled. */
async function shuffle<T>(bench: Bench, chance: () => number, work: () => readonly Promise<T>[]): Promise<PromiseSettledResult<T>[]> {
  const waiting: Array<() => void> = []
  bench.store.holdBack(() => new Promise<void>((resolve) => waiting.push(resolve)))
  let done = false
  const all = Promise.allSettled(work()).finally(() => {
    done = true
  })
  while (!done) {
    await turn()
    const [next] = waiting.length === 0 ? [] : waiting.splice(Math.floor(chance() * waiting.length), 1)
    if (next !== undefined) next()
    else if (!done && bench.store.inFlight() === 0) {
      const wait = bench.clock.nextOf(LONGEST_BACK_OFF)
      if (wait !== undefined) await bench.clock.advance(wait)
    }
  }
  // What was started and not waited for, as writing down activity is, goes on in the order in which it came.
  bench.store.holdBack(undefined)
  for (const release of waiting) release()
  return all
}

interface Ending {
  readonly name: string
  end(bench: Bench, userId: string, token: string): Promise<unknown>
}

const ENDINGS: readonly Ending[] = [
  { name: 'terminateSession', end: ({ sessions }, _, token) => sessions.terminateSession(token) },
  { name: 'terminateAllUserSessions', end: ({ sessions }, userId) => sessions.terminateAllUserSessions(userId) },
]

/** One race: the end against one to four others, which may renew, touch and change as much as they like. */
async function race(bench: Bench, other: Sessions, { end }: Ending, seed: number): Promise<void> {
  const chance = seeded(seed)
  const userId = `user-${seed}`
  const { id, token } = await bench.sessions.createSession(userId)
  await bench.clock.advance(MINUTE)
  const racers = Array.from({ length: 1 + Math.floor(chance() * 4) }, () => RACERS[Math.floor(chance() * RACERS.length)]!)
  const place = Math.floor(chance() * (racers.length + 1))
  const outcomes = await shuffle<unknown>(bench, chance, () => {
    const started: Promise<unknown>[] = []
    for (let i = 0; i <= racers.length; i++) {
      if (i === place) started.push(end(bench, userId, token))
      if (i < racers.length) started.push(racers[i]!(chance() < 0.5 ? bench.sessions : other, token))
    }
    return started
  })
  expect(outcomes[place], 'the end itself must come through').toMatchObject({ status: 'fulfilled' })
  const given = [token]
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(isSessionError(outcome.reason), String(outcome.reason)).toBe(true)
    else if (typeof outcome.value === 'object' && outcome.value !== null && 'token' in outcome.value)
      given.push(String(outcome.value.token))
  }
  await bench.manager.flush()
  for (const credential of given) {
    for (const sessions of [bench.sessions, other]) {
      expect(await sessions.validateSession(credential)).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
    }
  }
  expect(await bench.sessions.getActiveSessions(userId)).toEqual([])
  expect((await bench.manager.getSession(id))?.status).toBe('ended')
  const row = await bench.store.get(id.slice(4))
  expect(row?.owner, 'an ended session is in nobody’s list').toBeNull()
  expect(row?.expiresAt, 'and is remembered for as long as its token could live, or a day').toBeGreaterThan(bench.clock.now() + HOUR)
}

export const resurrection: readonly BehaviourCheck[] = [
  ...ENDINGS.map(
    (ending): BehaviourCheck => ({
      name: `is never brought back by a use, a renewal or a change that raced ${ending.name}: a thousand interleavings on two nodes, where the store is local [LIF-5 ATK-022]`,
      limits: RENEWABLE,
      ways: ['engine'],
      async check(bench) {
        const other = await bench.another()
        for (let i = 0; i < rounds(bench, 1_000); i++) {
          const seed = SEED + i
          await race(bench, other, ending, seed).catch((cause: unknown) => {
            throw new Error(`interleaving ${seed}; SOJOURN_SEED=${seed} puts it first`, { cause })
          })
        }
      },
    }),
  ),
  {
    name: 'is not brought back by calls that were under way when it ended [LIF-5 ATK-022]',
    limits: RENEWABLE,
    async check(bench) {
      for (let i = 0; i < 25; i++) {
        const { token } = await bench.sessions.createSession(`user-${i}`)
        await bench.clock.advance(MINUTE)
        const calls = [...RACERS, ...RACERS].map((racer) =>
          racer(bench.sessions, token).catch((error: unknown) => expect(isSessionError(error)).toBe(true)),
        )
        await bench.patiently(bench.sessions.terminateSession(token))
        await bench.patiently(Promise.all(calls))
        expect(await bench.sessions.validateSession(token)).toMatchObject({ isValid: false })
        expect(await bench.sessions.getActiveSessions(`user-${i}`)).toEqual([])
      }
    },
  },
]
