import { createSessionManager, type SessionManager, type SessionManagerOptions } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock } from 'sojourn/testing'

export const MASTER: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => (i * 91 + 17) & 255)

export interface AttackBench extends AsyncDisposable {
  readonly sessions: SessionManager
  readonly clock: FakeClock
}

/** The engine in memory, with a clock that stands. */
export async function attackBench(options: SessionManagerOptions = {}): Promise<AttackBench> {
  const clock = fakeClock()
  const sessions = await createSessionManager({
    clock,
    cleanupInterval: 0,
    storage: await memoryStore(),
    keys: { master: MASTER },
    ...options,
  })
  return { sessions, clock, [Symbol.asyncDispose]: () => sessions.close() }
}

/** The code with which a token is refused, or `ok`. */
export async function verdict(sessions: Pick<SessionManager, 'validateSession'>, token: string): Promise<string> {
  const result = await sessions.validateSession(token, {}, { renew: false })
  return result.isValid ? 'ok' : result.error.code
}
