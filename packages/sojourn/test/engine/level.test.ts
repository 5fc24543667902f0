import { createSessionManager, type SessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { weaker } from '../../src/engine/level.js'
import { isScannable, type ReplicatedStore, SETTLES_FOR } from '../../src/store/store.js'

interface Slow {
  readonly store: ReplicatedStore
  readonly settled: readonly string[]
  /** How long the next lists take. */
  takes: number
  /** What the copies have. */
  says: 'stored' | 'durable'
}

/** A real store that says of itself that it has copies, all of which have everything. */
async function slowStore(clock: FakeClock): Promise<Slow> {
  const inner = await memoryStore()
  if (!isScannable(inner)) throw new TypeError('the memory store can be walked over')
  const slow: Slow & { readonly settled: string[] } = {
    takes: 0,
    says: 'durable',
    settled: [],
    store: {
      ...inner,
      isVolatile: false,
      async list(owner: string) {
        if (slow.takes > 0) await clock.advance(slow.takes)
        return await inner.list(owner)
      },
      settle: async (id: string) => {
        slow.settled.push(id)
        return slow.says
      },
    },
  }
  return slow
}

const deviceOf = async (sessions: SessionManager): Promise<string> => (await sessions.listDevices('bob', { tenant: 'north' }))[0]?.id ?? ''

describe('the level of an end', () => {
  const open = async () => {
    const clock = fakeClock()
    const slow = await slowStore(clock)
    const sessions = await createSessionManager({ storage: slow.store, clock, cache: { maxSessions: 0 } })
    onTestFinished(() => sessions.close())
    await sessions.createSession('alice')
    return { clock, slow, sessions }
  }

  it('is what the copies say, while the store still knows where it wrote all of it', async () => {
    const { slow, sessions } = await open()
    slow.takes = SETTLES_FOR - 1
    expect(await sessions.terminateAllUserSessions('alice')).toEqual({ terminated: 1, level: 'everywhere' })
  })

  it('is no more than stored where it took longer, and the end is made again until it is sure', async () => {
    const { clock, slow, sessions } = await open()
    slow.takes = SETTLES_FOR
    expect(await sessions.terminateAllUserSessions('alice')).toEqual({ terminated: 1, level: 'stored' })
    expect(slow.settled).toEqual([])
    slow.takes = 0
    await clock.advance(5_000)
    expect(slow.settled).toHaveLength(1)
  })

  it.each([
    ['all sessions of a tenant', (sessions: SessionManager) => sessions.endSessions({ tenant: 'north' }, { reason: 'test' })],
    ['a device', async (sessions: SessionManager) => await sessions.forgetDevice('bob', await deviceOf(sessions), { tenant: 'north' })],
  ])('is no more than stored where the copies do not have the end of %s, which is made again until they do', async (_what, end) => {
    const { clock, slow, sessions } = await open()
    await sessions.createSession('bob', { deviceId: 'd1', userAgent: 'Firefox/144.0' }, { tenant: 'north' })
    await sessions.flush()
    slow.says = 'stored'
    expect(await end(sessions)).toEqual({ terminated: 1, level: 'stored' })
    await clock.advance(5_000)
    slow.says = 'durable'
    await clock.advance(5_000)
    const sure = slow.settled.length
    await clock.advance(20_000)
    expect(slow.settled).toHaveLength(sure)
    expect(sure).toBeGreaterThan(3)
  })

  it('is no more than stored where the copies do not have the instant of a tenant itself, which is written again until they do', async () => {
    const { clock, slow, sessions } = await open()
    slow.says = 'stored'
    expect(await sessions.endSessions({ tenant: 'empty' }, { reason: 'test' })).toEqual({ terminated: 0, level: 'stored' })
    const asked = slow.settled.length
    await clock.advance(5_000)
    expect(slow.settled.length).toBeGreaterThan(asked)
  })

  it('of many is that of the weakest', () => {
    expect([weaker('everywhere', 'stored'), weaker('local', 'durable'), weaker('durable', 'durable')]).toEqual([
      'stored',
      'local',
      'durable',
    ])
  })
})
