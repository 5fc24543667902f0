import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { getHeapSnapshot } from 'node:v8'
import { createSessionManager, type SessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { expect, it } from 'vitest'
import type { Store } from '../../src/store/store.js'

const TAIL_AT = 24

/** Which of these texts stand in the memory of this process: bytes, which a snapshot of the heap does not show. */
async function inMemory(texts: readonly Buffer[]): Promise<number> {
  // What was only passed on goes with the turn of the loop that it came in.
  await setImmediate()
  // The engine holds on to the text that was last looked at with a regular expression (`RegExp.input`).
  expect(/./.test('.')).toBe(true)
  const found = new Set<number>()
  let before = Buffer.alloc(0)
  for await (const chunk of getHeapSnapshot()) {
    const all = Buffer.concat([before, chunk])
    for (const [at, text] of texts.entries()) if (all.includes(text)) found.add(at)
    before = all.subarray(-200)
  }
  return found.size
}

/** As many stores do: the id of the row that they answer is the text that they were asked with. */
const answering = (store: Store): Store => ({
  ...store,
  async get(id) {
    const row = await store.get(id)
    return row === undefined ? undefined : { ...row, id }
  },
})

async function use(sessions: SessionManager, tokens: readonly Buffer[]): Promise<void> {
  for (let times = 0; times < 2; times++)
    for (const token of tokens) expect((await sessions.validateSession(token.toString('latin1'))).isValid).toBe(true)
}

async function created(sessions: SessionManager, count: number): Promise<Buffer[]> {
  const tokens: Buffer[] = []
  for (let at = 0; at < count; at++) tokens.push(Buffer.from((await sessions.createSession(`user-${at}`)).token, 'latin1'))
  return tokens
}

it('no token stays in memory once it was answered, though its session does: a crash dump has none [TOK-2]', async () => {
  const store = await memoryStore()
  const keys = createHash('sha256').update('a master key of this test').digest()
  const manager = (): Promise<SessionManager> =>
    createSessionManager({ storage: answering(store), keys: { master: keys }, cleanupInterval: 0 })
  await using first = await manager()
  await using second = await manager()
  // Those that it made itself, and those that it read.
  const tokens = [...(await created(first, 20)), ...(await created(second, 20))]
  for (const sessions of [first, second]) await use(sessions, tokens)
  const secrets = tokens.map((token) => token.subarray(TAIL_AT))
  expect(await inMemory(secrets)).toBe(0)
  // The search finds what is there.
  const held = tokens.map((token) => token.toString('latin1'))
  expect(await inMemory(secrets)).toBe(held.length)
})
