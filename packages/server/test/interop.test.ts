import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { createSessionManager, type SessionManager, type SessionManagerOptions } from 'sojourn'
import { afterEach, describe, expect, it } from 'vitest'
import { createService } from '../src/index.js'
import { SERVICE_KEY, SETTINGS } from './support/service.js'

const AUDIENCE = 'https://api.example'
const ALLOWED = { [oauth.allowInsecureRequests]: true } as const

interface Running {
  readonly origin: string
  readonly sessions: SessionManager
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** The service on a loopback socket, issuing under its own address. */
async function running(options: SessionManagerOptions = {}): Promise<Running> {
  let app: { fetch: (request: Request) => Response | Promise<Response> } | undefined
  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>((resolve) => {
    const listening = serve(
      { fetch: async (request) => (await app?.fetch(request)) ?? new Response(null, { status: 503 }), hostname: '127.0.0.1', port: 0 },
      (info: AddressInfo) => resolve({ server: listening, port: info.port }),
    )
  })
  const origin = `http://127.0.0.1:${port}`
  const sessions = await createSessionManager({ tokenType: 'jwt', ...options, jwt: { issuer: origin, audience: AUDIENCE, ...options.jwt } })
  app = createService({ sessions, settings: { ...SETTINGS, publicUrl: origin } })
  closing.push(async () => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await sessions.close()
  })
  return { origin, sessions }
}

async function discovered(origin: string): Promise<oauth.AuthorizationServer> {
  const answer = await oauth.discoveryRequest(new URL(origin), { algorithm: 'oauth2', ...ALLOWED })
  return await oauth.processDiscoveryResponse(new URL(origin), answer)
}

const client: oauth.Client = { client_id: 'shop' }

describe.each(['EdDSA', 'ES256'] as const)('what is signed with %s', (algorithm) => {
  it('is verified by jose with the published keys, over HTTP [JWT-13]', async () => {
    const { origin, sessions } = await running({ jwt: { algorithm } })
    const { id, token } = await sessions.createSession('alice')
    let asked = 0
    const keys = createRemoteJWKSet(new URL(`${origin}/.well-known/jwks.json`), {
      [customFetch]: (url: string, init: RequestInit) => {
        asked++
        return fetch(url, init)
      },
    })
    const wanted = { issuer: origin, audience: AUDIENCE, typ: 'at+jwt', algorithms: [algorithm] }
    const { payload, protectedHeader } = await jwtVerify(token, keys, wanted)
    expect(payload).toMatchObject({ sid: id, client_id: 'sojourn' })
    expect(protectedHeader).toMatchObject({ alg: algorithm, typ: 'at+jwt' })
    await jwtVerify(token, keys, wanted)
    expect(asked).toBe(1)
    await expect(jwtVerify(`${token.slice(0, -6)}AAAAAA`, keys, wanted)).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    })
    await expect(jwtVerify(token, keys, { ...wanted, audience: 'https://other.example' })).rejects.toMatchObject({
      code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    })
  })

  it('is an access token to oauth4webapi, which finds everything by itself [JWT-10 JWT-6]', async () => {
    const { origin, sessions } = await running({ jwt: { algorithm }, refreshToken: true })
    const server = await discovered(origin)
    const { id, token, refreshToken = '' } = await sessions.createSession('alice', {}, { amr: ['pwd'], acr: 'loa2' })
    const request = (sent: string): Request => new Request('https://api.example/orders', { headers: { authorization: `Bearer ${sent}` } })
    const claims = await oauth.validateJwtAccessToken(server, request(token), AUDIENCE, { signingAlgorithms: [algorithm], ...ALLOWED })
    expect(claims).toMatchObject({ sid: id, sub: sessions.tokenSubject('alice'), acr: 'loa2', amr: ['pwd'] })
    await expect(
      oauth.validateJwtAccessToken(server, request(refreshToken), AUDIENCE, { signingAlgorithms: [algorithm], ...ALLOWED }),
    ).rejects.toThrow()
  })
})

describe('what is signed with HS256', () => {
  it('publishes no key, and is verified by jose with the secret', async () => {
    const secret = 'kJ8s0Qm2vX7bTz5nR1wLp4cYh6uEd9fGoAiSxZqWe3M='
    const { origin, sessions } = await running({ jwt: { secret } })
    const { id, token } = await sessions.createSession('alice')
    const answer = await fetch(`${origin}/.well-known/jwks.json`)
    expect([answer.status, await answer.json(), answer.headers.get('cache-control')]).toEqual([200, { keys: [] }, 'public, max-age=60'])
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), { issuer: origin, audience: AUDIENCE, typ: 'at+jwt' })
    expect(payload['sid']).toBe(id)
  })
})

describe('oauth4webapi', () => {
  const authentication = oauth.ClientSecretBasic(SERVICE_KEY)

  it('introspects and revokes with HTTP Basic [OAU-1 OAU-2 JWT-9]', async () => {
    const { origin, sessions } = await running({ refreshToken: true })
    const server = await discovered(origin)
    const { id, token, refreshToken = '' } = await sessions.createSession('alice')
    const ask = async (sent: string): Promise<oauth.IntrospectionResponse> =>
      await oauth.processIntrospectionResponse(
        server,
        client,
        await oauth.introspectionRequest(server, client, authentication, sent, ALLOWED),
      )
    expect(await ask(token)).toMatchObject({
      active: true,
      sid: id,
      sub: sessions.tokenSubject('alice'),
      username: 'alice',
      iss: origin,
      aud: AUDIENCE,
      token_type: 'Bearer',
    })
    expect(await ask(refreshToken)).toEqual({ active: false })
    const revocation = await oauth.revocationRequest(server, client, authentication, refreshToken, ALLOWED)
    expect(await oauth.processRevocationResponse(revocation)).toBeUndefined()
    expect(await ask(token)).toEqual({ active: false })
    expect(await sessions.validateSession(token)).toMatchObject({ error: { code: 'SESSION_REVOKED' } })
    const unknown = await oauth.revocationRequest(server, client, authentication, 'unknown', ALLOWED)
    expect(await oauth.processRevocationResponse(unknown)).toBeUndefined()
  })

  it('is told what OAuth tells when its password is wrong', async () => {
    const { origin, sessions } = await running()
    const server = await discovered(origin)
    const { token } = await sessions.createSession('alice')
    for (const wrong of [oauth.ClientSecretBasic('wrong'), oauth.None()]) {
      const answer = await oauth.introspectionRequest(server, client, wrong, token, ALLOWED)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="service".*, Basic realm="service"$/)
      await expect(oauth.processIntrospectionResponse(server, client, answer)).rejects.toThrow()
    }
  })
})
