import { expect } from 'vitest'
import { dpopProof } from '../support/dpop-proof.js'
import { jws, testKey } from '../support/proof-key.js'
import type { BehaviourCheck, Bench } from './bench.js'

const ORIGIN = 'https://api.example.com'
const key = testKey()
const limits = { dpop: { enabled: true, publicUrl: ORIGIN }, deviceBound: { enabled: true } } as const

type Request = { readonly dpop: { readonly method: string; readonly url: string; readonly proof: string } }

function prove({ clock }: Bench, token: string, by = key, nonce?: string): Request {
  const parts = { method: 'POST', url: `${ORIGIN}/a`, token, now: clock.now(), ...(nonce === undefined ? {} : { nonce }) }
  return { dpop: { method: 'POST', url: '/a', proof: dpopProof(by, parts) } }
}

const REFUSED = { isValid: false, error: { code: 'CONTEXT_MISMATCH', status: 401 } }

export const proofs: readonly BehaviourCheck[] = [
  {
    name: 'is opened by a proof by this key, once, and by nothing else [DPP-2 DPP-3]',
    limits,
    async check(bench) {
      const { sessions } = bench
      const session = await sessions.createSession('alice', {}, { dpop: { jkt: key.jkt } })
      expect(session.confirmation).toEqual({ jkt: key.jkt })
      const proof = prove(bench, session.token)
      const first = await sessions.validateSession(session.token, {}, proof)
      expect(first).toMatchObject({ isValid: true, session: { id: session.id, confirmation: { jkt: key.jkt } } })
      expect(await sessions.validateSession(session.token, {}, proof)).toMatchObject({ ...REFUSED, error: { reason: 'proof.replayed' } })
      expect(await sessions.validateSession(session.token)).toMatchObject({ ...REFUSED, error: { reason: 'proof.missing' } })
      const stolen = await sessions.validateSession(session.token, {}, prove(bench, session.token, testKey()))
      expect(stolen).toMatchObject({ ...REFUSED, error: { reason: 'proof.invalid' } })
      expect(bench.events.some(({ type }) => type === 'security.dpop')).toBe(true)
      const left = await sessions.validateSession(session.token, {}, { dpop: 'left-to-caller' })
      expect(left).toMatchObject({ isValid: true })
    },
  },
  {
    name: 'is renewed with a proof over the nonce that the refusal tells, and stays bound [DPP-4 DPP-5]',
    limits: { ...limits, idleTimeout: '8h' },
    async check(bench) {
      const { sessions, clock } = bench
      const { token } = await sessions.createSession('alice', {}, { dpop: { jkt: key.jkt } })
      await clock.advance(7.5 * 3_600_000)
      await expect(sessions.renewSession(token)).rejects.toMatchObject({ code: 'CONTEXT_MISMATCH', reason: 'proof.missing' })
      const refusal: unknown = await sessions.renewSession(token, {}, prove(bench, token)).catch((error: unknown) => error)
      expect(refusal).toMatchObject({ code: 'CONTEXT_MISMATCH', reason: 'proof.nonce', nonce: expect.stringMatching(/^[\w-]{22}$/) })
      const { nonce } = refusal as { readonly nonce: string }
      const renewed = await sessions.renewSession(token, {}, prove(bench, token, key, nonce))
      expect(renewed).toMatchObject({ confirmation: { jkt: key.jkt }, renewals: 1 })
      expect(await sessions.validateSession(renewed.token)).toMatchObject(REFUSED)
      expect(await sessions.validateSession(renewed.token, {}, prove(bench, renewed.token))).toMatchObject({ isValid: true })
    },
  },
  {
    name: 'of a browser is refused without its short cookie, and the key goes when the session does [DBS-10 DBS-11 DBS-16]',
    limits,
    async check(bench) {
      const { sessions, manager, clock } = bench
      const session = await sessions.createSession('alice')
      const { deviceBound } = manager
      const challenge = /;challenge="([^"]+)"/.exec(deviceBound?.registration(session).value ?? '')?.[1]
      const proof = jws({ typ: 'dbsc+jwt', alg: 'ES256', jwk: key.jwk }, { jti: challenge }, key)
      const answer = await deviceBound?.register({ token: session.token, response: proof })
      expect(answer?.status).toBe(200)
      await clock.advance(60_000)
      expect(await sessions.validateSession(session.token)).toMatchObject({ ...REFUSED, error: { reason: 'proof.device' } })
      const boundCookie = /=([^;]+);/.exec(answer?.headers['Set-Cookie'] ?? '')?.[1] ?? ''
      const result = await sessions.validateSession(session.token, {}, { boundCookie })
      expect(result).toMatchObject({ isValid: true, session: { deviceBoundSince: expect.any(Date) } })
      const sessionId = String(answer?.body?.['session_identifier'])
      expect(await deviceBound?.refresh({ sessionId })).toMatchObject({ status: 403 })
      await sessions.terminateSession(session.token)
      expect(await deviceBound?.refresh({ sessionId })).toMatchObject({ status: 200, body: { continue: false } })
    },
  },
]
