import { createSessionManager, requireRecentAuth } from 'sojourn'
import { problemAnswer } from 'sojourn/http'
import { fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'

function refusalOf(demand: () => void): unknown {
  try {
    demand()
    return undefined
  } catch (error) {
    return error
  }
}

describe('a login that is not recent or strong enough', () => {
  it('is answered as RFC 9470 has it wherever the library finds it, as by the guard of a route [STP-1 OAU-4]', async () => {
    const clock = fakeClock()
    await using sessions = await createSessionManager({ clock })
    const session = await sessions.createSession('alice', {}, { acr: 'tin', amr: ['pwd'] })
    const refusal = refusalOf(() => requireRecentAuth(session, { maxAge: '5m', acr: ['gold', 'silver'] }, clock))
    expect(problemAnswer(refusal)).toMatchObject({
      status: 401,
      headers: {
        'WWW-Authenticate': 'Bearer realm="session", error="insufficient_user_authentication", acr_values="gold silver", max_age="300"',
      },
    })
    expect(
      refusalOf(() => requireRecentAuth(session, {}, clock)),
      'five minutes, where nothing is said',
    ).toBeUndefined()
    expect(refusalOf(() => requireRecentAuth(session, { acr: [], amr: [] }, clock))).toBeUndefined()
    await clock.advance(300_001)
    expect(refusalOf(() => requireRecentAuth(session, {}, clock))).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED', maxAge: 300 })
    for (const maxAge of ['5', -1, 'soon', Number.NaN])
      expect(refusalOf(() => requireRecentAuth(session, { maxAge }, clock))).toMatchObject({ code: 'INVALID_ARGUMENT', path: 'maxAge' })
  })
})
