import { createSessionManager } from 'sojourn'
import { describe, expect, it } from 'vitest'
import { csrfTokens } from '../../src/http/csrf-token.js'

const OLD = 'an-old-secret-of-more-than-32-characters'
const NEW = 'a-new-secret-of-more-than-32-characters!'
const sessions = await createSessionManager()
const session = await sessions.createSession('alice')

describe('the token of a page', () => {
  it('is good in every process with the same secret, and while secrets change [CSR-4]', () => {
    const token = csrfTokens([OLD]).issue(session)
    expect(csrfTokens([OLD]).check(session, token)).toBe(true)
    expect(csrfTokens([NEW, OLD]).check(session, token)).toBe(true)
    expect(csrfTokens([NEW]).check(session, token)).toBe(false)
    expect(csrfTokens([OLD]).check(session, csrfTokens([NEW, OLD]).issue(session))).toBe(false)
    expect(csrfTokens([]).check(session, csrfTokens([]).issue(session))).toBe(false)
  })

  it('is bound to the session and to its last login [CSR-4 ATK-003]', () => {
    const tokens = csrfTokens([NEW])
    const token = tokens.issue(session)
    expect(tokens.check({ ...session, id: `${session.id.slice(0, -1)}-` }, token)).toBe(false)
    expect(tokens.check({ ...session, authTime: new Date(session.authTime.getTime() + 1) }, token)).toBe(false)
    expect(tokens.check({ ...session, renewals: 3, expiresAt: new Date(0), permissions: ['x'] }, token)).toBe(true)
  })

  it('is no other value, whatever its type', () => {
    const tokens = csrfTokens([NEW])
    const token = tokens.issue(session)
    for (const value of [
      undefined,
      null,
      1,
      {},
      [],
      [token],
      { toString: () => token },
      '',
      '.',
      `${token}.`,
      ` ${token}`,
      token.replace('.', ''),
    ])
      expect(tokens.check(session, value)).toBe(false)
  })

  it('cannot be put together from others [ATK-102]', () => {
    const tokens = csrfTokens([NEW])
    const [one, two] = [tokens.issue(session).split('.'), tokens.issue(session).split('.')]
    expect(tokens.check(session, `${one[0]}.${two[1]}`)).toBe(false)
    expect(tokens.check(session, `${two[0]}.${one[1]}`)).toBe(false)
  })
})
