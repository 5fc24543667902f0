import { expect } from 'vitest'
import type { BehaviourCheck, Bench } from './bench.js'
import { CONTEXT, FIREFOX_LINUX, HOUR, invalid, isAlive, MINUTE, RENEWABLE, refusal, secretsOf, valid } from './expectations.js'
import { CannotBeTried } from './probed-store.js'
import { formOf } from './token-form.js'

const USER = 'margarete.hilbert+7@example.org'
const ADDRESS = '198.51.100.187'

interface Scenario {
  readonly tokens: readonly string[]
  readonly said: readonly string[]
}

/** Something of everything: what was given out, and everything that was said to anybody but the holder of a token. */
async function scenario(bench: Bench): Promise<Scenario> {
  const { sessions, clock } = bench
  const said: string[] = []
  const hear = async (work: Promise<unknown>): Promise<void> => {
    said.push(
      await work.then(
        (value) => JSON.stringify(value),
        (error: unknown) => `${String(error)} ${JSON.stringify(error)}`,
      ),
    )
  }
  const first = await sessions.createSession(
    USER,
    { ...CONTEXT, ipAddress: ADDRESS },
    { permissions: ['read'], data: { note: 'zeitgeist-4711' } },
  )
  await clock.advance(MINUTE)
  const second = await sessions.renewSession(first.token, { ipAddress: ADDRESS })
  const other = await sessions.createSession(USER, { ipAddress: ADDRESS }, { replaces: `${first.token.slice(0, -1)}~` })
  await valid(bench, second.token, { ipAddress: ADDRESS })
  await hear(sessions.validateSession(second.token, { deviceId: 'phone-3', ipAddress: ADDRESS }))
  await hear(sessions.updateSessionContext(second.token, { ipAddress: 'not-an-address' }))
  await hear(sessions.setSessionPermissions(second.token, ['admin']))
  await hear(sessions.getSessionAnalytics(second.token))
  await hear(sessions.getActiveSessions(USER))
  for (const text of [`${second.token}x`, `${second.token.slice(0, -1)}~`, second.token.slice(0, 71).padEnd(82, 'A')]) {
    await hear(sessions.validateSession(text))
    await hear(sessions.renewSession(text))
    await hear(sessions.terminateSession(text))
  }
  bench.store.fail({ verbs: ['get', 'replace'], times: 1 })
  await hear(bench.patiently(sessions.validateSession(second.token)))
  bench.store.mend()
  await clock.advance(HOUR)
  await hear(sessions.validateSession(first.token))
  await hear(sessions.validateSession(second.token))
  await hear(sessions.terminateSession(other.token))
  await hear(sessions.terminateAllUserSessions(USER))
  return { tokens: [first.token, second.token, other.token], said }
}

const rowOf = async (bench: Bench, id: string) => (await bench.store.rows()).find((row) => `sid_${row.id}` === id)!

/** Puts a forged row into the store, as somebody could who has got hold of it. */
async function plant(forge: () => Promise<unknown>): Promise<void> {
  try {
    await forge()
  } catch (refusal) {
    throw new CannotBeTried(`this store itself takes no such row: ${String(refusal)}`)
  }
}

async function cannotBeOpened(bench: Bench, token: string): Promise<void> {
  // A process that has the session in memory does not look at what became of it in the store.
  const restarted = await bench.another()
  const outcome = await bench.patiently(restarted.validateSession(token)).catch((error: unknown) => ({ isValid: false as const, error }))
  expect(outcome).toMatchObject({ isValid: false, error: { code: expect.any(String) } })
}

export const secrets: readonly BehaviourCheck[] = [
  {
    name: 'are not in the store, neither the token nor the user, the address, the browser, the device or the data [TOK-2 ATK-076]',
    limits: RENEWABLE,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-x')
      await scenario(bench)
      const texts = await bench.dump()
      expect(
        texts.some((text) => text.includes(formOf(token).rowId)),
        'the search can find what is there',
      ).toBe(true)
      for (const secret of [...secretsOf(token), USER, ADDRESS, FIREFOX_LINUX, CONTEXT.deviceId!, 'zeitgeist-4711']) {
        for (const spelling of [secret, Buffer.from(secret).toString('base64url').slice(0, -2), Buffer.from(secret).toString('hex')]) {
          expect(texts.filter((text) => text.includes(spelling))).toEqual([])
        }
      }
    },
  },
  {
    name: 'of all tokens ever given out stay out of the store [TOK-2 ATK-076]',
    limits: RENEWABLE,
    async check(bench) {
      const { tokens } = await scenario(bench)
      const text = (await bench.dump()).join('\n')
      for (const secret of tokens.flatMap(secretsOf)) expect(text.includes(secret)).toBe(false)
    },
  },
  {
    name: 'are in no log line and no event [TOK-2 ATK-077]',
    limits: RENEWABLE,
    async check(bench) {
      const { tokens } = await scenario(bench)
      expect(bench.logs.length).toBeGreaterThan(0)
      expect(bench.events.length).toBeGreaterThan(10)
      const text = JSON.stringify([bench.logs, bench.events])
      for (const secret of [...tokens.flatMap(secretsOf), USER, ADDRESS]) expect(text).not.toContain(secret)
    },
  },
  {
    name: 'are in no answer but the one that hands out the token [TOK-3 ATK-111]',
    limits: RENEWABLE,
    async check(bench) {
      const { tokens, said } = await scenario(bench)
      for (const secret of tokens.flatMap(secretsOf)) expect(said.filter((text) => text.includes(secret))).toEqual([])
    },
  },
  {
    name: 'look different each time: equal sessions of one user leave no equal data',
    async check(bench) {
      for (let i = 0; i < 5; i++) await bench.sessions.createSession('user-1', CONTEXT)
      const rows = await bench.store.rows()
      expect(new Set(rows.map(({ data }) => Buffer.from(data).toString('hex'))).size).toBe(rows.length)
    },
  },
  {
    name: 'are sealed for their session: the record of another one opens nothing [STO-2 ATK-081]',
    async check(bench) {
      const mine = await bench.sessions.createSession('user-1', {}, { permissions: ['read'] })
      const boss = await bench.sessions.createSession('user-1', {}, { permissions: ['admin'] })
      const [to, from] = [await rowOf(bench, mine.id), await rowOf(bench, boss.id)]
      expect([from.version, from.owner]).toEqual([to.version, to.owner])
      await bench.store.remove(to.id)
      await bench.store.insert({ ...to, data: from.data })
      await cannotBeOpened(bench, mine.token)
      await refusal(bench.patiently((await bench.another()).getSessionAnalytics(mine.id)))
      expect((await bench.sessions.getActiveSessions('user-1')).map(({ id }) => id)).toEqual([boss.id])
    },
  },
  {
    name: 'are sealed for their version: an older record put back opens nothing [STO-2 ATK-025]',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      const living = await rowOf(bench, id)
      await bench.sessions.terminateSession(token)
      const ended = await rowOf(bench, id)
      await plant(() => bench.store.replace({ ...living, version: ended.version + 1 }))
      await cannotBeOpened(bench, token)
    },
  },
  {
    name: 'are sealed for their user: a record filed under somebody else opens nothing [STO-2 ATK-010 ATK-081]',
    async check(bench) {
      const mine = await bench.sessions.createSession('user-1')
      const theirs = await bench.sessions.createSession('user-2')
      const [row, other] = [await rowOf(bench, mine.id), await rowOf(bench, theirs.id)]
      await bench.store.remove(row.id)
      await plant(() => bench.store.insert({ ...row, owner: other.owner }))
      await cannotBeOpened(bench, mine.token)
      expect((await bench.sessions.getActiveSessions('user-2').catch(() => [])).map(({ id }) => id)).not.toContain(mine.id)
    },
  },
  {
    name: 'open nothing when a single bit of the record was turned [STO-3 ATK-073]',
    async check(bench) {
      for (const at of [0, 5, 12, 20, -17, -1]) {
        const { id, token } = await bench.sessions.createSession('user-1')
        const row = await rowOf(bench, id)
        const data = Uint8Array.from(row.data)
        data[(at + data.length) % data.length]! ^= 1
        await bench.store.replace({ ...row, version: row.version + 1, data })
        await cannotBeOpened(bench, token)
      }
      for (const length of [0, 1, 16, 28]) {
        const { id, token } = await bench.sessions.createSession('user-2')
        const row = await rowOf(bench, id)
        await bench.store.replace({ ...row, version: row.version + 1, data: row.data.slice(0, length) })
        await cannotBeOpened(bench, token)
      }
    },
  },
  {
    name: 'that were tampered with in one session disturb no other one, and the user can still be logged out',
    async check(bench) {
      const spoiled = await bench.sessions.createSession('user-1')
      const sound = await bench.sessions.createSession('user-1')
      const row = await rowOf(bench, spoiled.id)
      await bench.store.replace({ ...row, version: row.version + 1, data: new Uint8Array(40) })
      await valid(bench, sound.token)
      await bench.clock.advance(MINUTE)
      await bench.sessions.terminateAllUserSessions('user-1')
      await invalid(bench, sound.token, 'SESSION_REVOKED')
      expect(await isAlive(bench, spoiled.token).catch(() => false)).toBe(false)
    },
  },
]
