import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import { memoryStore } from '../../src/store/memory.js'
import type { Row, ScannableStore } from '../../src/store/store.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { type SeededRandom, seededRandom } from '../../src/testing/seeded-random.js'
import { probedStore } from '../behaviour/probed-store.js'

const MASTER = new Uint8Array(32).map((_byte, index) => index * 37 + 11)
const isLong = process.env['SOJOURN_LONG'] === '1'
const SCENARIOS = 40
const ORDERS = isLong ? 250 : 25

interface Scenario {
  readonly rows: readonly Row[]
  /** Sessions that the node took while it was cut off. */
  readonly local: readonly Row[]
  /** What the node wrote into its journal while it was cut off. */
  readonly lines: readonly string[]
  readonly now: number
  readonly mustEnd: readonly string[]
  readonly mustLive: readonly string[]
}

/** Rows as another process would see them: one store a node, over the same rows. */
const overHosts = (store: ScannableStore): ScannableStore => {
  const { watching: _none, isVolatile: _outlives, ...plain } = store
  return { ...plain, close: async () => undefined }
}

async function rowsOf(store: ScannableStore): Promise<Row[]> {
  const { rows } = await store.scan({ from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1_000 })
  return rows
}

/** Two nodes; one is cut off and ends sessions on its own, while the other ends and begins some. */
async function scenario(random: SeededRandom, folder: string): Promise<Scenario> {
  const clock = fakeClock()
  const inner = await memoryStore()
  const cut = probedStore(overHosts(inner))
  const journal = join(folder, 'written.journal')
  rmSync(journal, { force: true })
  const common = { clock, keys: { master: MASTER }, cleanupInterval: 0 } as const
  const local = await memoryStore()
  const one = await createSessionManager({ ...common, storage: cut, journal, localSessions: { store: overHosts(local) } })
  const other = await createSessionManager({ ...common, storage: overHosts(inner) })
  const users = ['alice', 'bob', 'carol'] as const
  const early: { readonly user: string; readonly token: string; readonly id: string; hasEnded: boolean }[] = []
  for (const user of [...users, ...users, ...users]) {
    const { token, id } = await other.createSession(user)
    early.push({ user, token, id, hasEnded: false })
  }
  cut.fail()
  await expect(one.ping()).rejects.toThrow()
  await clock.advance(3_000)
  const mustLive: string[] = []
  for (let step = 0; step < 10; step++) {
    await clock.advance(1 + random.below(50))
    const session = random.pick(early)
    const what = random.below(5)
    if (what === 0) {
      await one.terminateSession(session.token)
      session.hasEnded = true
    } else if (what === 1) {
      const except = random.below(2) === 0 ? session.id : undefined
      await one.terminateAllUserSessions(session.user, except === undefined ? {} : { except })
      for (const each of early) if (each.user === session.user && each.id !== except) each.hasEnded = true
    } else if (what === 2) {
      await other.terminateSession(session.id)
      session.hasEnded = true
    } else if (what === 3) {
      const taken = await one.createSession(session.user)
      early.push({ user: session.user, token: taken.token, id: taken.id, hasEnded: false })
    } else {
      // Authenticated just now, so meant by nothing that was asked for before. What comes later may mean it.
      const later = await other.createSession(session.user)
      early.push({ user: session.user, token: later.token, id: later.id, hasEnded: false })
    }
  }
  await clock.advance(10)
  // After everything: nobody means these.
  for (const user of users) mustLive.push((await other.createSession(user)).token, (await one.createSession(user)).token)
  const lines = readFileSync(journal, 'utf8').split('\n').filter(Boolean)
  const mustEnd = early.filter(({ hasEnded }) => hasEnded).map(({ token }) => token)
  mustLive.push(...early.filter(({ hasEnded }) => !hasEnded).map(({ token }) => token))
  await other.close()
  return { rows: await rowsOf(inner), local: await rowsOf(local), lines, now: clock.now(), mustEnd, mustLive }
}

async function replayed(made: Scenario, random: SeededRandom, folder: string): Promise<void> {
  const clock = fakeClock(made.now)
  const inner = await memoryStore()
  for (const row of made.rows) await inner.insert(row)
  const local = await memoryStore()
  for (const row of made.local) await local.insert(row)
  const common = { clock, keys: { master: MASTER }, maxConcurrentSessions: 100, cleanupInterval: 0 } as const
  const starts = 1 + random.below(3)
  for (let start = 0; start < starts; start++) {
    const journal = join(folder, 'replayed.journal')
    const twice = made.lines.filter(() => random.below(3) === 0)
    // Before the last start only a part may have been there, or got through.
    const some = start === starts - 1 ? made.lines : made.lines.filter(() => random.below(2) === 0)
    writeFileSync(
      journal,
      random
        .shuffle([...some, ...twice])
        .map((line) => `${line}\n`)
        .join(''),
    )
    const store = probedStore(overHosts(inner))
    const node = await createSessionManager({ ...common, storage: store, journal, localSessions: { store: overHosts(local) } })
    expect(node.metricsText()).toContain('\nsojourn_ends_pending 0\n')
    await node.close()
  }
  const judge = await createSessionManager({ ...common, storage: overHosts(inner) })
  for (const token of made.mustEnd)
    expect(await judge.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
  for (const token of made.mustLive) expect((await judge.validateSession(token)).isValid).toBe(true)
  await judge.close()
}

it('a journal comes to the same in any order, in parts and again: what was ended stays ended, what began meanwhile lives', {
  timeout: 1_800_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-replay-'))
  const random = seededRandom(20_261_121)
  for (let round = 0; round < SCENARIOS; round++) {
    const made = await scenario(random, folder)
    for (let order = 0; order < ORDERS; order++) await replayed(made, random, folder)
  }
  rmSync(folder, { recursive: true, force: true })
})
