import { describe, expect, it } from 'vitest'
import { problemOf, SERVICE_KEY, testService } from './support/service.js'

const key = SERVICE_KEY
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

describe('token introspection (RFC 7662)', () => {
  it('tells about a token that is good', async () => {
    const { send, create } = await testService()
    const { token, id } = await create('alice', { amr: ['pwd', 'otp'], acr: 'loa2' })
    const answer = await send('POST', '/oauth2/introspect', {
      key,
      headers: FORM,
      body: `token=${token}&token_type_hint=access_token&something_else=1`,
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.json()).toEqual({
      active: true,
      sub: 'alice',
      sid: id,
      token_type: 'Bearer',
      iat: Date.UTC(2026, 0, 1) / 1_000,
      exp: Date.UTC(2026, 0, 1, 8) / 1_000,
      auth_time: Date.UTC(2026, 0, 1) / 1_000,
      acr: 'loa2',
      amr: ['pwd', 'otp'],
    })
  })

  it('makes no new token, which the answer could not carry', async () => {
    const { send, create, clock, sessions } = await testService({}, { idleTimeout: '8h' })
    const { token, id } = await create()
    await clock.advance(7.5 * 3_600_000)
    const answer = await send('POST', '/oauth2/introspect', { key, headers: FORM, body: `token=${token}` })
    expect(await answer.json()).toMatchObject({ active: true })
    expect(await sessions.getSession(id)).toMatchObject({ renewals: 0 })
    expect(await sessions.validateSession(token)).toMatchObject({ renewed: { renewals: 1 } })
  })

  it('says the same, and nothing else, about every token that opens nothing [OAU-1 ERR-2]', async () => {
    const { send, create, sessions } = await testService()
    const ended = await create()
    await sessions.terminateSession(ended.id)
    for (const token of ['x', ended.token, ended.id, `${ended.token}x`, ended.token.toUpperCase()]) {
      const answer = await send('POST', '/oauth2/introspect', { key, headers: FORM, body: new URLSearchParams({ token }).toString() })
      expect(answer.status).toBe(200)
      expect(await answer.text()).toBe('{"active":false}')
    }
  })

  it('answers nobody without the service key, whatever the token [OAU-1]', async () => {
    const { send, create } = await testService()
    const { token } = await create()
    for (const sent of [{}, { key: token }]) {
      expect((await send('POST', '/oauth2/introspect', { ...sent, headers: FORM, body: `token=${token}` })).status).toBe(401)
    }
  })

  it('takes a form with one token only', async () => {
    const { send } = await testService()
    for (const [body, path] of [
      ['', 'token'],
      ['token=', 'token'],
      ['token=a&token=b', 'token'],
      [`token=${'a'.repeat(8_193)}`, 'token'],
      ['token=a&token_type_hint=%00', 'token_type_hint'],
    ]) {
      expect(await problemOf(await send('POST', '/oauth2/introspect', { key, headers: FORM, body: body ?? '' }))).toMatchObject({
        status: 400,
        path,
      })
    }
    expect((await send('POST', '/oauth2/introspect', { key, json: { token: 'a' } })).status).toBe(415)
  })
})

describe('token revocation (RFC 7009)', () => {
  it('ends the session of a token, and answers 200 for one that is unknown [OAU-2]', async () => {
    const { send, create, sessions } = await testService()
    const { token, id } = await create()
    for (const one of [token, token, 'unknown']) {
      const answer = await send('POST', '/oauth2/revoke', { key, headers: FORM, body: `token=${one}` })
      expect(answer.status).toBe(200)
      expect(await answer.text()).toBe('')
    }
    expect((await sessions.getSession(id))?.status).toBe('ended')
  })

  it('ends nothing for an id, which is no token', async () => {
    const { send, create, sessions } = await testService()
    const { id } = await create()
    expect((await send('POST', '/oauth2/revoke', { key, headers: FORM, body: `token=${id}` })).status).toBe(200)
    expect((await sessions.getSession(id))?.status).toBe('active')
  })
})
