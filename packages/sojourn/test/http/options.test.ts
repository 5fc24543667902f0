import { createSessionManager, type IssuedSession } from 'sojourn'
import { type SojournOptions, sessionCookie, sojournRequest } from 'sojourn/http'
import { afterEach, describe, expect, it, vi } from 'vitest'

const sessions = await createSessionManager()
afterEach(() => void vi.unstubAllEnvs())

type Wrong = readonly [path: string, options: Readonly<Record<string, unknown>>]

const WRONG: readonly Wrong[] = [
  ['sessions', { sessions: undefined }],
  ['sessions', { sessions: createSessionManager() }],
  ['cokie', { cokie: {} }],
  ['accept', { accept: 'basic' }],
  ['cookie.name', { cookie: { name: 'a b' } }],
  ['cookie.name', { cookie: { name: '' } }],
  ['cookie.name', { cookie: { name: 'a=b' } }],
  ['cookie.name', { cookie: { name: 'x'.repeat(65) } }],
  ['cookie.name', { cookie: { name: '__host-id' } }],
  ['cookie.name', { cookie: { name: '__SECURE-id' } }],
  ['cookie.name', { cookie: { name: '__Host-' } }],
  ['cookie.name', { cookie: { name: '__Host-id', domain: 'example.com' } }],
  ['cookie.name', { dev: true, cookie: { name: '__Host-id' } }],
  ['cookie.domain', { cookie: { domain: 'example.com; Path=/x' } }],
  ['cookie.domain', { cookie: { domain: '.example.com' } }],
  ['cookie.domain', { cookie: { domain: 'com' } }],
  ['cookie.sameSite', { cookie: { sameSite: 'Lax' } }],
  ['cookie.sameSite', { dev: true, cookie: { sameSite: 'none' } }],
  ['cookie.partitioned', { cookie: { partitioned: true } }],
  ['publicUrl', { publicUrl: 'https://example.com/app' }],
  ['publicUrl', { publicUrl: 'example.com' }],
  ['publicUrl', { publicUrl: 'http://example.com' }],
  ['dev', { dev: true, publicUrl: 'http://example.com' }],
  ['trustProxy', { trustProxy: ['everybody'] }],
  ['csrf.mode', { csrf: { mode: 'off' } }],
  ['csrf.allowedOrigins', { csrf: { allowedOrigins: ['*'] } }],
  ['csrf.allowedOrigins', { csrf: { allowedOrigins: ['https://*.example.com/'] } }],
  ['csrf.secrets', { csrf: { secrets: ['short'] } }],
  ['legacyCookies', { legacyCookies: 'connect.sid' }],
  ['legacyCookies', { legacyCookies: ['a b'] }],
  ['legacyCookies', { legacyCookies: [''] }],
  ['legacyCookies', { legacyCookies: ['__Host-id'] }],
  ['legacyCookies', { legacyCookies: Array.from({ length: 9 }, (_, index) => `c${index}`) }],
  ['legacyCookies', { legacyCookies: ['connect.sid'], accept: 'bearer' }],
]

describe('the options of the middleware', () => {
  it.each(WRONG.map(([path, options]) => [path, options] as const))('are refused at once when %s is wrong', (path, options) => {
    const all = { sessions, ...options } as unknown as SojournOptions
    expect(() => sojournRequest(all)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', path }))
  })

  it('never say dev in production, and warn elsewhere [CKE-1]', () => {
    const warnings: string[] = []
    const logger = {
      info: () => undefined,
      warn: (_details: unknown, message: string) => void warnings.push(message),
      error: () => undefined,
    }
    sojournRequest({ sessions, dev: true, logger })
    expect(warnings).toEqual([expect.stringMatching(/without encryption/)])
    vi.stubEnv('NODE_ENV', 'production')
    expect(() => sojournRequest({ sessions, dev: true })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', path: 'dev' }))
  })

  it('hint once at a cookie that browsers will drop, since it is set over plain http', async () => {
    const warnings: string[] = []
    const logger = {
      info: () => undefined,
      warn: (_details: unknown, message: string) => void warnings.push(message),
      error: () => undefined,
    }
    const begin = sojournRequest({ sessions, logger, trustProxy: ['10.0.0.1'] })
    const login = async (host: string, proto: string): Promise<unknown> => {
      const headers: Readonly<Record<string, string>> = { host, 'x-forwarded-proto': proto, 'sec-fetch-site': 'same-origin' }
      const incoming = {
        method: 'POST',
        url: '/',
        header: (name: string) => headers[name],
        remoteAddress: '10.0.0.1',
        isEncrypted: false,
        isHeadOpen: () => true,
      }
      return await (await begin(incoming)).request.login('alice')
    }
    await login('localhost:3000', 'http')
    await login('app.example.com', 'https')
    expect(warnings).toEqual([])
    await login('app.example.com', 'http')
    await login('app.example.com', 'http')
    expect(warnings).toEqual([expect.stringMatching(/plain http/)])
  })

  it('let a listener fail without letting the request fail', async () => {
    const errors: string[] = []
    const logger = {
      info: () => undefined,
      warn: () => undefined,
      error: (_details: unknown, message: string) => void errors.push(message),
    }
    const begin = sojournRequest({
      sessions,
      logger,
      onSuspicion: () => {
        throw new Error('planted')
      },
    })
    const begun = await begin({
      method: 'GET',
      url: '/?access_token=x',
      header: () => undefined,
      isEncrypted: true,
      isHeadOpen: () => true,
    })
    expect([begun.refused?.status, errors]).toEqual([400, ['onSuspicion failed']])
  })

  it('embed a cookie in pages of others apart for each of them [CKE-5]', () => {
    const { name, clear } = sessionCookie({ sameSite: 'none', partitioned: true }, true)
    expect(name).toBe('__Host-id')
    expect(clear).toMatch(/; Secure; SameSite=None; Partitioned;/)
  })

  it('refuse a cookie that browsers would drop for its size, instead of cutting it [CKE-7]', async () => {
    const cookie = sessionCookie({}, true)
    const session = await sessions.createSession('alice')
    const withToken = (length: number): IssuedSession => ({ ...session, token: 'x'.repeat(length) })
    expect(cookie.set(withToken(4096 - '__Host-id'.length), 0)).toHaveLength(4096 + 1 + '; Path=/; HttpOnly; Secure; SameSite=Lax'.length)
    expect(() => cookie.set(withToken(4097 - '__Host-id'.length), 0)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', path: 'cookie' }),
    )
  })
})
