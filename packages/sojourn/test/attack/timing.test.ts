import { createSessionManager, type SessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock, seededRandom } from 'sojourn/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { equal } from '../../src/crypto/hash.js'
import type { Ring } from '../../src/crypto/ring.js'
import { type Ticket, type TicketCodec, ticketCodec } from '../../src/token/ticket.js'
import { type ProbedStore, probedStore } from '../behaviour/probed-store.js'
import { ringIn } from '../support/ring-in.js'
import { cropped, flat, MOST_T, type TimedPair, timePair, welch } from './timing.js'

/** Given by `npm run dudect`. A clock on a machine that others use proves nothing in a test run, so there only the structure is judged. */
const TRIES = Number(process.env['SOJOURN_DUDECT_TRIES'] ?? 0)
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const MASTER_KEY = Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + 5) & 255)
const MINUTE = 60_000
const SECRET_AT = 28
const TAG_AT = 71

interface Opened {
  readonly sessions: SessionManager
  readonly store: ProbedStore
  readonly ring: Ring
  readonly codec: TicketCodec
  readonly clock: FakeClock
}

async function open(): Promise<Opened> {
  const clock = fakeClock()
  const store = probedStore(await memoryStore())
  const sessions = await createSessionManager({
    storage: store,
    clock,
    keys: { master: MASTER_KEY },
    throttle: { enabled: false },
    maxConcurrentSessions: 10_000,
    cleanupInterval: 0,
  })
  onTestFinished(() => sessions.close())
  const ring = await ringIn(store, MASTER_KEY, clock)
  return { sessions, store, ring, codec: ticketCodec(() => ring), clock }
}

const random = seededRandom(20_261_121)
const otherThan = (letter: string): string => random.pick([...ALPHABET].filter((one) => one !== letter))
const withOther = (text: string, at: number): string => flat(text.slice(0, at) + otherThan(text.charAt(at)) + text.slice(at + 1))
const anyText = (length: number): string => flat(Array.from({ length }, () => random.pick([...ALPHABET])).join(''))
/** Random but for the slot, which is no secret: one without a key is refused without a computation. */
const sameSlot = (token: string): string => flat(`aa${anyText(25)}${token.charAt(27)}${anyText(54)}`)
const anyToken = (): string => flat(`aa${anyText(80)}`)

/** The same token with another secret and a tag that is right for it: what only a holder of the keys can make. */
function withOtherSecret({ codec }: Opened, token: string, at: number): string {
  const ticket = codec.decode(token) as Ticket
  return flat(codec.encode({ ...ticket, secret: withOther(ticket.secret, at) }))
}

describe('a comparison of secrets', () => {
  /** A text that counts how many of its characters were looked at. */
  const watched = (text: string): { readonly text: string; looked(): number } => {
    let looks = 0
    const proxy = {
      length: text.length,
      charCodeAt(index: number): number {
        looks++
        return text.charCodeAt(index)
      },
    }
    return { text: proxy as unknown as string, looked: () => looks }
  }

  it('looks at every character, wherever the first difference is [TOK-4 ATK-075]', () => {
    const right = anyText(43)
    for (const at of [0, 1, 21, 41, 42]) {
      const wrong = watched(withOther(right, at))
      expect(equal(wrong.text, right)).toBe(false)
      expect(wrong.looked()).toBe(43)
    }
    const same = watched(right)
    expect(equal(same.text, right)).toBe(true)
    expect(same.looked()).toBe(43)
    expect(equal('', 'a')).toBe(false)
  })
})

describe('a token that is not good', () => {
  it('costs one look for a key whatever of it is wrong, and no more where most of it is right [TOK-4 ATK-075]', async () => {
    const { sessions, ring } = await open()
    const { token } = await sessions.createSession('alice')
    let looks = 0
    const counting = ticketCodec(() => ({
      tagKey(slot: number) {
        looks++
        return ring.tagKey(slot)
      },
    }))
    for (const wrong of [
      withOther(token, TAG_AT),
      withOther(token, 81),
      withOther(token, SECRET_AT),
      withOther(token, 70),
      sameSlot(token),
    ]) {
      looks = 0
      expect(counting.decode(wrong)).toBe('foreign')
      expect(looks).toBe(1)
    }
  })

  it('is hashed before it is compared, with as many reads and the same refusal wherever its secret differs [TOK-4 ATK-075]', async () => {
    const opened = await open()
    const { sessions, store } = opened
    const { token } = await sessions.createSession('alice')
    const seen: unknown[] = []
    for (const at of [0, 1, 21, 41, 42]) {
      const before = store.calls()
      const result = await sessions.validateSession(withOtherSecret(opened, token, at))
      seen.push([store.calls() - before, result.isValid || [result.error.code, result.error.message]])
    }
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(seen[0]).toMatchObject([expect.any(Number), ['TOKEN_INVALID', expect.any(String)]])
    expect(await sessions.validateSession(token)).toMatchObject({ isValid: true })
  })

  it('is refused alike without a read, whether its public id is of a live, used, ended, expired or no session [TOK-4 ERR-2 ATK-075]', async () => {
    const { sessions, store, clock } = await open()
    const expired = await sessions.createSession('alice')
    await clock.advance(31 * MINUTE)
    const [live, used, ended] = [
      await sessions.createSession('alice'),
      await sessions.createSession('alice'),
      await sessions.createSession('alice'),
    ]
    for (let i = 0; i < 3; i++) await sessions.validateSession(used.token)
    await sessions.terminateSession(ended.token)
    const before = store.calls()
    const answers = new Set<string>()
    const ids = [live, used, ended, expired].map(({ id }) => id.slice(4))
    for (const rowId of [...ids, anyToken().slice(0, 24)]) {
      for (const verb of ['validateSession', 'renewSession', 'getSessionAnalytics'] as const) {
        const made = flat(rowId + live.token.slice(24, SECRET_AT) + anyText(54))
        const error = await sessions[verb](made).then(
          (value) => ('isValid' in value && !value.isValid ? value.error : value),
          (thrown: unknown) => thrown,
        )
        answers.add(JSON.stringify([(error as Error).message, error]))
      }
    }
    expect(answers.size).toBe(1)
    expect([...answers][0]).toContain('"TOKEN_INVALID"')
    expect(store.calls()).toBe(before)
  })
})

describe('the statistic', () => {
  it('finds a difference of a fifth of the spread in a hundred thousand measurements, and none where there is none', () => {
    const noise = seededRandom(5)
    const sample = (shift: number): number[] =>
      Array.from({ length: 50_000 }, () => 1_000 + shift + (noise.float() + noise.float() + noise.float()) * 100)
    for (const quantile of [0.5, 0.9, 1]) expect(Math.abs(cropped(sample(0), sample(0), quantile))).toBeLessThan(MOST_T)
    for (const quantile of [0.5, 0.9, 1]) expect(Math.abs(cropped(sample(0), sample(10), quantile))).toBeGreaterThan(MOST_T)
  })

  it('is not led astray by single measurements that the machine held up', () => {
    const noise = seededRandom(6)
    const sample = (): number[] => Array.from({ length: 10_000 }, () => 1_000 + noise.float() * 100)
    const held = sample().map((value, index) => (index % 500 === 0 ? value * 10_000 : value))
    expect(Math.abs(cropped(sample(), held, 0.9))).toBeLessThan(MOST_T)
    expect(welch([1], [1, 2])).toBe(0)
  })
})

interface Noted {
  readonly pair: TimedPair
  /** Why a difference here is no leak of a secret; undefined where there must be none. */
  readonly because?: string
}

/** What somebody may send, in pairs; those that must take the same time come first. */
async function pairsOf(opened: Opened): Promise<readonly Noted[]> {
  const { sessions, codec } = opened
  const many = async <T>(make: () => Promise<T> | T): Promise<T[]> => {
    const made: T[] = []
    for (let i = 0; i < 256; i++) made.push(await make())
    return made
  }
  const good = await many(async () => flat((await sessions.createSession('alice')).token))
  for (const token of good) for (let i = 0; i < 3; i++) await sessions.validateSession(token)
  const ended = await many(async () => flat((await sessions.createSession('bob')).token))
  for (const token of ended) await sessions.terminateSession(token)
  const guessed = (token: string): string => flat(token.slice(0, SECRET_AT) + anyText(54))
  const unknown = await many(() => flat(codec.encode({ rowId: `aa${anyText(22)}`, generation: 1, slot: 0, secret: anyText(43) })))
  const inMemory = 'who knows a public id may learn that its session is in memory'
  const told = 'the answer tells'
  const pair = (name: string, left: readonly string[], right: readonly string[], because?: string): Noted => ({
    pair: { name, left, right },
    ...(because === undefined ? {} : { because }),
  })
  return [
    pair(
      'right up to its tag / secret and tag random',
      good.map((token) => flat(token.slice(0, TAG_AT) + anyText(11))),
      good.map(guessed),
    ),
    pair(
      'tag wrong at its first / last letter',
      good.map((token) => withOther(token, TAG_AT)),
      good.map((token) => withOther(token, 81)),
    ),
    pair(
      'tag right, secret wrong at its first / last letter',
      good.map((token) => withOtherSecret(opened, token, 0)),
      good.map((token) => withOtherSecret(opened, token, 42)),
    ),
    pair('the same twice, as a control', ended.map(guessed), ended.toReversed().map(guessed)),
    pair('guess for the id of a live / an ended session', good.map(guessed), ended.map(guessed), inMemory),
    pair('guess for the id of a live / no session', good.map(guessed), good.map(sameSlot), inMemory),
    pair(
      'no such session / wrong secret',
      unknown,
      good.map((token) => withOtherSecret(opened, token, 5)),
      told,
    ),
    pair('live / ended', good, ended, told),
  ]
}

if (TRIES > 0) {
  describe('the clock of this machine', () => {
    it('tells nothing of a token that the answer does not tell', { timeout: 3_600_000 }, async () => {
      const opened = await open()
      const lines: string[] = []
      const worst: number[] = []
      for (const { pair, because } of await pairsOf(opened)) {
        const { name, t, medians } = await timePair(pair, (token) => opened.sessions.validateSession(token), TRIES)
        if (because === undefined) worst.push(Math.abs(t.median))
        const figures = [t.median, t.ninety, t.all].map((value) => value.toFixed(2).padStart(9)).join('')
        const note = because === undefined ? '' : `   (${because})`
        lines.push(`${name.padEnd(54)}${figures}   ${medians.left} / ${medians.right} ns${note}`)
      }
      process.stdout.write(`\n${`${TRIES} tries each; t up to the median, 90 %, all`.padEnd(54)}\n${lines.join('\n')}\n\n`)
      expect(Math.max(...worst)).toBeLessThan(MOST_T)
    })
  })
}
