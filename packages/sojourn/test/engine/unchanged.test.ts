import { createSessionManager, type SessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { fakeClock } from 'sojourn/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Row, ScannableStore } from '../../src/store/store.js'

const CALLER = Object.freeze({ ipAddress: '203.0.113.7', userAgent: 'Firefox/144.0' })
const MASTER = Uint8Array.from({ length: 32 }, (_, place) => (place * 73 + 41) & 255)

/** Two nodes without memory before one store that says of itself what Redis says: that it outlives them, and is not in this process. */
async function twoNodes(): Promise<{
  readonly nodes: readonly [SessionManager, SessionManager]
  readonly reads: () => number
  readonly tamper: (change: (row: Row) => Row) => void
}> {
  const { isVolatile: _here, ...store } = await memoryStore()
  let reads = 0
  let change = (row: Row): Row => row
  const storage: ScannableStore = {
    ...store,
    async get(id) {
      reads++
      const row = await store.get(id)
      return row && change({ ...row, data: new Uint8Array(row.data) })
    },
    close: async () => undefined,
  }
  const clock = fakeClock()
  const open = (): Promise<SessionManager> =>
    createSessionManager({ storage, clock, keys: { master: MASTER }, cache: { maxSessions: 0 }, cleanupInterval: 0 })
  const nodes: readonly [SessionManager, SessionManager] = [await open(), await open()]
  onTestFinished(async () => {
    for (const node of nodes) await node.close()
  })
  return {
    nodes,
    reads: () => reads,
    tamper(wanted) {
      change = wanted
    },
  }
}

const codeOf = async (sessions: SessionManager, token: string): Promise<string> => {
  const answer = await sessions.validateSession(token, CALLER)
  return answer.isValid ? 'valid' : answer.error.code
}

describe('a session that the store answers unchanged', () => {
  it('is read once for each validation, and shown as it was when it was opened', async () => {
    const { nodes, reads } = await twoNodes()
    const [sessions] = nodes
    const { token } = await sessions.createSession('alice', CALLER, { roles: ['user'], data: { cart: [1] } })
    const first = await sessions.validateSession(token, CALLER)
    const before = reads()
    for (let times = 1; times <= 3; times++) {
      expect(await sessions.validateSession(token, CALLER)).toEqual(first)
      expect(reads()).toBe(before + times)
    }
    expect((await sessions.getSessionAnalytics(token)).requestCount).toBe(4)
  })

  it('is refused at once when another node has ended or changed it', async () => {
    const { nodes } = await twoNodes()
    const [here, there] = nodes
    const { token } = await here.createSession('alice', CALLER)
    expect(await codeOf(here, token)).toBe('valid')
    expect(await codeOf(here, token)).toBe('valid')
    await there.setSessionPermissions(token, ['pay'])
    const changed = await here.validateSession(token, CALLER)
    expect(changed.isValid && changed.session.permissions).toEqual(['pay'])
    expect(await codeOf(here, token)).toBe('valid')
    await there.terminateSession(token)
    expect(await codeOf(here, token)).toBe('SESSION_REVOKED')
  })

  it('is opened again where its bytes are others, whatever its version says', async () => {
    const { nodes, tamper } = await twoNodes()
    const [sessions] = nodes
    const { token } = await sessions.createSession('alice', CALLER)
    expect(await codeOf(sessions, token)).toBe('valid')
    expect(await codeOf(sessions, token)).toBe('valid')
    tamper((row) => ({ ...row, data: row.data.map((byte, place) => (place === 40 ? byte ^ 1 : byte)) }))
    expect(await codeOf(sessions, token)).toBe('SESSION_NOT_FOUND')
    tamper((row) => ({ ...row, version: row.version + 1 }))
    expect(await codeOf(sessions, token)).toBe('SESSION_NOT_FOUND')
    tamper((row) => row)
    expect(await codeOf(sessions, token)).toBe('valid')
  })

  it('is never read for a token that was made up from its public id', async () => {
    const { nodes, reads } = await twoNodes()
    const [sessions] = nodes
    const { token } = await sessions.createSession('alice', CALLER)
    expect(await codeOf(sessions, token)).toBe('valid')
    const before = reads()
    const last = token.at(-30) === 'A' ? 'B' : 'A'
    expect(await codeOf(sessions, token.slice(0, -30) + last + token.slice(-29))).toBe('TOKEN_INVALID')
    expect(reads()).toBe(before)
  })
})
