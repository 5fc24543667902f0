import { expect } from 'vitest'
import { isSessionError } from '../../src/errors.js'
import type { SessionManager } from '../../src/manager.js'
import type { SeededRandom } from '../../src/testing/seeded-random.js'

/** Two managers on one store, and the choices of a run. */
export interface Arena {
  readonly nodes: readonly [SessionManager, SessionManager]
  readonly random: SeededRandom
}

/** One race: runs it, and answers a check that is made when all that was under way is written. */
export type Race = (arena: Arena, user: string) => Promise<() => Promise<void>>

export const LIMIT = 3
/** Logins of one user at the same time. */
export const LOGINS: number = LIMIT + 2

const pick = ({ nodes, random }: Arena): SessionManager => nodes[random.below(2)] ?? nodes[0]

/** Waits for all of them; a refusal is an answer, anything else a fault of the library. */
async function settle(calls: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const outcomes = await Promise.allSettled(calls)
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [outcome.value]
    if (!isSessionError(outcome.reason)) expect.fail(String(outcome.reason))
    return []
  })
}

const tokenIn = (value: unknown): string | undefined => {
  const token: unknown = typeof value === 'object' && value !== null && 'token' in value ? value.token : undefined
  return typeof token === 'string' ? token : undefined
}

async function refusedByAll({ nodes }: Arena, tokens: readonly string[]): Promise<void> {
  for (const token of tokens)
    for (const node of nodes) {
      const { isValid } = await node.validateSession(token)
      if (isValid) expect.fail('a session is accepted after its end')
    }
}

/** The end of a session against something that uses or changes it, in any order. */
function against(rival: (node: SessionManager, token: string) => Promise<unknown>): Race {
  return async (arena, user) => {
    const { token } = await pick(arena).createSession(user)
    const rivals = Array.from({ length: 1 + arena.random.below(2) }, () => () => rival(pick(arena), token))
    const ending = async (): Promise<void> => {
      const ended = await pick(arena).terminateSession(token)
      if (ended.level !== 'everywhere') expect.fail(`an end reached ${ended.level} only`)
    }
    const calls = arena.random.shuffle([ending, ...rivals])
    const values = await settle(calls.map((call) => call()))
    const given = values.map(tokenIn).filter((each) => each !== undefined)
    return () => refusedByAll(arena, [token, ...given])
  }
}

/** A login with the old credential against "log out everywhere". */
const login: Race = async (arena, user) => {
  const authTime = new Date(Date.now() - 1_000)
  const before = await pick(arena).createSession(user, {}, { authTime })
  const create = (): Promise<unknown> => pick(arena).createSession(user, {}, { authTime })
  const end = (): Promise<unknown> => pick(arena).terminateAllUserSessions(user)
  const values = await settle(arena.random.shuffle([create, end]).map((call) => call()))
  const given = values.map(tokenIn).filter((each) => each !== undefined)
  return () => refusedByAll(arena, [before.token, ...given])
}

const renewals: Race = async (arena, user) => {
  const { token } = await pick(arena).createSession(user)
  const tabs = Array.from({ length: 2 + arena.random.below(4) }, () => pick(arena).renewSession(token))
  const values = await settle(tabs)
  const successors = new Set(values.map(tokenIn))
  if (values.length !== tabs.length) expect.fail('a renewal was refused')
  if (successors.size !== 1) expect.fail(`one token has ${successors.size} successors`)
  return async () => {
    const [next = ''] = successors
    for (const node of arena.nodes) if (!(await node.validateSession(next)).isValid) expect.fail('the successor is not accepted')
  }
}

export const limit: Race = async (arena, user) => {
  const logins = Array.from({ length: LOGINS }, () => pick(arena).createSession(user))
  const tokens = (await settle(logins)).map(tokenIn).filter((each) => each !== undefined)
  if (tokens.length !== LOGINS) expect.fail('a login was refused')
  return async () => {
    for (const node of arena.nodes) {
      const judged = await Promise.all(tokens.map((token) => node.validateSession(token)))
      const left = judged.filter(({ isValid }) => isValid).length
      if (left !== LIMIT) expect.fail(`${left} sessions are left where ${LIMIT} are allowed`)
    }
  }
}

export const races: Readonly<Record<string, Race>> = {
  'an end against a use that is written down': against(async (node, token) => {
    await node.validateSession(token, { ipAddress: '198.51.100.9' })
    await node.flush()
  }),
  'an end against a renewal': against((node, token) => node.renewSession(token)),
  'an end against an update': against((node, token) => node.updateSessionContext(token, { deviceId: 'phone-3' })),
  'an end against a read that fills a memory': against((node, token) => node.validateSession(token)),
  'an end against new rights': against((node, token) => node.setSessionPermissions(token, ['admin'])),
  'the end of all sessions against a login with the old credential': login,
  'renewals at the same time': renewals,
  'logins above the limit': limit,
}
