import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createSessionManager, isSessionError, type SessionManager, type SessionManagerOptions } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { fakeClock, seededRandom } from 'sojourn/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ProbedStore, probedStore } from '../behaviour/probed-store.js'
import { badToken, notEvenText } from '../support/bad-tokens.js'

/** `npm run fuzz` gives others. */
const TRIES = Number(process.env['SOJOURN_FUZZ_TRIES'] ?? 20_000)
const SEED = Number(process.env['SOJOURN_FUZZ_SEED'] ?? 20_261_121)
const MOST_GROWTH = 32 * 1_048_576
const MOST_MINUTES = 120
const FORMS: ReadonlyArray<readonly [form: string, options: SessionManagerOptions]> = [
  ['opaque', {}],
  ['JWT', { tokenType: 'jwt' }],
  ['JWT with a secret', { tokenType: 'jwt', jwt: { secret: 'c2VjcmV0LW9mLXRoZS1mdXp6LXRlc3RzLTAxMjM0NTY3ODkwMTIzNDU2' } }],
]
const NONE_OF_OURS: ReadonlySet<string> = new Set(['TOKEN_MALFORMED', 'TOKEN_INVALID'])

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
function heapInUse(): number {
  collect()
  return process.memoryUsage().heapUsed
}

async function open(options: SessionManagerOptions = {}): Promise<{ readonly sessions: SessionManager; readonly store: ProbedStore }> {
  const store = probedStore(await memoryStore())
  const sessions = await createSessionManager({
    storage: store,
    clock: fakeClock(),
    throttle: { globalPerMinute: 1_000_000_000 },
    ...options,
  })
  onTestFinished(() => sessions.close())
  return { sessions, store }
}

/** Presents it to a verb that throws refusals. Answers the code; anything that is no refusal of ours is thrown on. */
async function refusedBy(work: Promise<unknown>): Promise<string> {
  try {
    return `answered ${JSON.stringify(await work)}`
  } catch (error) {
    if (isSessionError(error)) return error.code
    throw error
  }
}

async function present({ sessions }: { readonly sessions: SessionManager }, made: string, turn: number): Promise<string> {
  const verb = turn % 16
  if (verb === 1) return await refusedBy(sessions.renewSession(made))
  if (verb === 2) return await refusedBy(sessions.getSessionAnalytics(made))
  if (verb === 3) return await refusedBy(sessions.setSessionPermissions(made, ['admin']))
  if (verb === 4) return await refusedBy(sessions.updateSessionContext(made, {}))
  if (verb === 5) {
    // Ending what there is not is no fault, and says so.
    await sessions.terminateSession(made)
    return 'TOKEN_INVALID'
  }
  const result = await sessions.validateSession(made)
  return result.isValid ? `accepted ${result.session.id}` : result.error.code
}

describe('whatever is sent in the place of a token', () => {
  it.each(FORMS)(
    `opens nothing, throws nothing but refusals, never reaches the store and leaves no memory behind: ${TRIES} tries near %s ones [TOK-5 JWT-1 AVL-3 ATK-059 ATK-078]`,
    {
      timeout: MOST_MINUTES * 60_000,
    },
    async (_form, options) => {
      const opened = await open(options)
      const { sessions, store } = opened
      const good: string[] = []
      for (let i = 0; i < 16; i++) good.push((await sessions.createSession(`user-${i}`)).token)
      for (const token of good) await sessions.validateSession(token)
      const random = seededRandom(SEED)
      const before = store.calls()
      let heap = 0
      for (let turn = 0; turn < TRIES; turn++) {
        const made = badToken(good, random)
        const code = await present(opened, made, turn)
        if (!NONE_OF_OURS.has(code)) expect(code, `seed ${SEED}, try ${turn}: ${JSON.stringify(made.slice(0, 200))}`).toBe('TOKEN_INVALID')
        if (turn === TRIES >> 2) heap = heapInUse()
      }
      expect(store.calls()).toBe(before)
      expect(heapInUse() - heap).toBeLessThan(MOST_GROWTH)
      for (const token of good) expect(await sessions.validateSession(token)).toMatchObject({ isValid: true })
    },
  )

  it('opens nothing when it is no text at all, and is not even asked what it is [LIF-8 AVL-3 ATK-005]', async () => {
    const { sessions, store } = await open()
    const { token } = await sessions.createSession('alice')
    const before = store.calls()
    for (const odd of notEvenText(token)) {
      const made = odd as string
      expect(await sessions.validateSession(made)).toMatchObject({ isValid: false, error: { code: 'TOKEN_MALFORMED' } })
      for (const verb of ['renewSession', 'getSessionAnalytics'] as const)
        expect(await refusedBy(sessions[verb](made))).toBe('TOKEN_MALFORMED')
      expect(await refusedBy(sessions.terminateSession(made))).toBe('INVALID_ARGUMENT')
    }
    expect(store.calls()).toBe(before)
    expect(await sessions.validateSession(token)).toMatchObject({ isValid: true })
  })
})
