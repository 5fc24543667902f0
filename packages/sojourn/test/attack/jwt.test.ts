import * as crypto from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSessionManager, type SessionManager, type SessionManagerOptions, weaknessOf } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { probedStore } from '../behaviour/probed-store.js'
import { claimsOf, headerOf, hs256, OTHER_SECRET, resigned, SECRET, segment } from './forge.js'

interface Bed {
  readonly sessions: SessionManager
  readonly clock: FakeClock
  readonly token: string
  readonly calls: () => number
}

async function bed(options: SessionManagerOptions = {}): Promise<Bed> {
  const clock = fakeClock(Date.UTC(2026, 0, 15, 8))
  const store = probedStore(await memoryStore())
  const sessions = await createSessionManager({
    tokenType: 'jwt',
    jwt: { secret: SECRET },
    storage: store,
    clock,
    cleanupInterval: 0,
    ...options,
  })
  const { token } = await sessions.createSession('alice', {}, { acr: 'loa2', amr: ['pwd', 'otp'] })
  return { sessions, clock, token, calls: () => store.calls() }
}

/** Refused by every function that takes a token, and the store is not even asked. */
async function refusedUnread({ sessions, calls }: Bed, tokens: readonly string[]): Promise<void> {
  const before = calls()
  for (const token of tokens) {
    const about = token.slice(0, 200)
    const result = await sessions.validateSession(token)
    expect(result.isValid, about).toBe(false)
    if (!result.isValid) expect(['TOKEN_MALFORMED', 'TOKEN_INVALID'], about).toContain(result.error.code)
    await expect(sessions.renewSession(token), about).rejects.toMatchObject({ status: 401 })
    expect(await sessions.introspectToken(token), about).toEqual({ active: false })
  }
  expect(calls()).toBe(before)
}

describe('the algorithm', () => {
  it('is never none, in any spelling, with or without signature [JWT-3 ATK-090]', async () => {
    const it = await bed()
    const { kid } = headerOf(it.token)
    const payload = it.token.split('.')[1] ?? ''
    const tokens = ['none', 'None', 'NONE', 'nOnE', '', ' none', 'none\0', null, [], {}].flatMap((alg) => {
      const body = `${segment({ alg, typ: 'at+jwt', kid })}.${payload}`
      return [`${body}.`, body, `${body}.AA`, hs256(body)]
    })
    await refusedUnread(it, [...tokens, `${it.token.split('.').slice(0, 2).join('.')}.`, it.token.split('.').slice(0, 2).join('.')])
  })

  it('is that of the key: the whole matrix of exchanges is refused, also with the public key as secret [JWT-2 JWT-3 ATK-091]', async () => {
    for (const algorithm of ['HS256', 'EdDSA', 'ES256'] as const) {
      const it = await bed(algorithm === 'HS256' ? {} : { jwt: { algorithm } })
      const { kid } = headerOf(it.token)
      const payload = it.token.split('.')[1] ?? ''
      const [jwk] = it.sessions.publicKeys().keys
      const publicKey = jwk === undefined ? undefined : crypto.createPublicKey({ key: { ...jwk }, format: 'jwk' })
      const secrets: (string | Buffer)[] = [SECRET, '', JSON.stringify(jwk ?? {})]
      if (publicKey !== undefined) {
        secrets.push(
          publicKey.export({ format: 'pem', type: 'spki' }),
          publicKey.export({ format: 'der', type: 'spki' }),
          Buffer.from(jwk?.x ?? '', 'base64url'),
        )
      }
      const others = ['HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519', 'dir'].filter(
        (alg) => alg !== algorithm,
      )
      const tokens = [...others, algorithm].flatMap((alg) => {
        const body = `${segment({ alg, typ: 'at+jwt', kid })}.${payload}`
        const forged = secrets.map((secret) => `${body}.${crypto.createHmac('sha256', secret).update(body).digest('base64url')}`)
        return alg === algorithm && algorithm === 'HS256'
          ? []
          : [...forged, `${body}.${it.token.split('.')[2]}`].filter((one) => one !== it.token)
      })
      await refusedUnread(it, tokens)
      await it.sessions.close()
    }
  })

  it('of an elliptic curve takes one of both signatures that are right, in one spelling', async () => {
    const it = await bed({ jwt: { algorithm: 'ES256' } })
    const [header, payload, signature = ''] = it.token.split('.')
    const bytes = Buffer.from(signature, 'base64url')
    const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
    const mirrored = (order - BigInt(`0x${bytes.toString('hex', 32)}`)).toString(16).padStart(64, '0')
    const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(mirrored, 'hex')]).toString('base64url')
    await refusedUnread(it, [`${header}.${payload}.${twin}`, `${it.token}A`, `${header}.${payload}.${'A'.repeat(86)}`])
  })
})

describe('the header', () => {
  it('brings no key, names no address and asks for no extension; nothing is fetched [JWT-4 JWT-11 ATK-097]', async () => {
    let asked = 0
    const canary = createServer((_request, response) => {
      asked++
      response.end('{"keys":[]}')
    })
    const port = await new Promise<number>((resolve) =>
      canary.listen(0, '127.0.0.1', () => resolve((canary.address() as AddressInfo).port)),
    )
    const url = `http://127.0.0.1:${port}/keys`
    const it = await bed()
    const payload = it.token.split('.')[1] ?? ''
    const own = { alg: 'HS256', typ: 'at+jwt', kid: headerOf(it.token)['kid'] }
    const { privateKey, publicKey } = crypto.generateKeyPairSync('ed25519')
    const jwk = publicKey.export({ format: 'jwk' })
    const headers = [
      ...['../../dev/null', "x' OR '1'='1", url, 'file:///dev/null', '', '__proto__', 'constructor', null, 0, ['a'], 'A'.repeat(16)].map(
        (kid) => ({ ...own, kid }),
      ),
      ...[
        { jku: url },
        { x5u: url },
        { x5c: ['AAAA'] },
        { jwk },
        { crit: ['exp'] },
        { crit: [] },
        { zip: 'DEF' },
        { b64: false, crit: ['b64'] },
        { p2c: 1e9, p2s: 'A' },
        { enc: 'A256GCM' },
        { cty: 'JWT' },
      ].map((more) => ({ ...own, ...more })),
      { ...own, typ: 'JWT' },
      { ...own, typ: 'at+JWT' },
      { ...own, typ: 'application/at+jwt' },
      { kid: own.kid, typ: own.typ, alg: own.alg },
      { alg: own.alg, kid: own.kid },
    ]
    const raw = [
      `{"alg":"HS256","typ":"at+jwt","kid":"${own.kid}","alg":"none"}`,
      `{"alg":"HS256","typ":"at+jwt", "kid":"${own.kid}"}`,
      `{"alg":"HS256","typ":"at+jwt","kid":"${own.kid}","__proto__":{"alg":"none"}}`,
      `{"alg":"\\u0048S256","typ":"at+jwt","kid":"${own.kid}"}`,
      'null',
      '[]',
      '{',
    ]
    const tokens = [...headers, ...raw].flatMap((header) => {
      const body = `${segment(header)}.${payload}`
      return [hs256(body), `${body}.${crypto.sign(null, Buffer.from(body), privateKey).toString('base64url')}`]
    })
    await refusedUnread(it, tokens)
    expect(asked).toBe(0)
    await new Promise((resolve) => canary.close(resolve))
  })
})

describe('the form', () => {
  it('is compact, with two dots and nothing else: no JSON, no two signatures, no polyglot [JWT-11 ATK-092 ATK-093]', async () => {
    const it = await bed()
    const [header = '', payload = '', signature = ''] = it.token.split('.')
    const flat = JSON.stringify({ payload, protected: header, signature })
    const general = JSON.stringify({
      payload,
      signatures: [
        { protected: header, signature },
        { protected: segment({ alg: 'none' }), signature: '' },
      ],
    })
    const claims = { ...claimsOf(it.token), sub: 'root' }
    await refusedUnread(it, [
      flat,
      general,
      `${it.token}.${signature}`,
      `${header}.${payload}.${signature}.${signature}.${signature}`,
      `{"${header}.${payload}.${signature}":"","payload":"${segment(claims)}","protected":"${header}","signature":"${signature}"}`,
      `{"  ${header}.":"${payload}.${signature}"}`,
      `${header}.${segment(claims)}.${signature}`,
      `${header}..${signature}`,
      `.${payload}.${signature}`,
      `${it.token}=`,
      `${header}.${payload}=.${signature}`,
      ` ${it.token}`,
      `${it.token}\n`,
      it.token.replaceAll('.', '%2E'),
    ])
  })

  it('of a megabyte of dots, or of letters, costs no time [JWT-11 ATK-096]', async () => {
    const { sessions } = await bed()
    const heavy = [
      '.'.repeat(1_000_000),
      'a'.repeat(1_000_000),
      `${'a'.repeat(400_000)}.${'a'.repeat(400_000)}.a`,
      `${'a.'.repeat(500_000)}`,
      '.'.repeat(8_192),
      `${'a.'.repeat(4_000)}a`,
    ]
    const cost = async (token: string): Promise<number> => {
      let least = Number.POSITIVE_INFINITY
      for (let round = 0; round < 4; round++) {
        const started = process.cpuUsage()
        for (let i = 0; i < 20; i++)
          expect(await sessions.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'TOKEN_MALFORMED' } })
        const { user, system } = process.cpuUsage(started)
        least = Math.min(least, user + system)
      }
      return least
    }
    // Beside the cost of a short one, so that the machine does not matter: a megabyte that was looked through would cost a thousand times as much.
    const short = await cost('.')
    for (const token of heavy) expect((await cost(token)) / short).toBeLessThan(20)
  })

  it('is verified before anything of it is read: a payload that is no JSON and one that is one are told apart by nobody [JWT-1]', async () => {
    const it = await bed()
    const [header = '', , signature = ''] = it.token.split('.')
    const answers = new Set<string>()
    for (const payload of ['{', 'null', '{"sub":"root"}', '{"__proto__":1}', '['.repeat(3_000)]) {
      const result = await it.sessions.validateSession(`${header}.${segment(payload)}.${signature}`)
      answers.add(JSON.stringify(result))
    }
    expect(answers.size).toBe(1)
  })
})

describe('the claims, signed rightly by somebody who knows the secret,', () => {
  it('must be for us and from us, exactly and singly [JWT-7 ATK-094]', async () => {
    const it = await bed({ jwt: { secret: SECRET, issuer: 'https://id.example', audience: 'shop' } })
    const wrong = (name: string, ...values: unknown[]): string[] =>
      values.map((value) => resigned(it.token, (claims) => ({ ...claims, [name]: value })))
    const missing = (name: string): string => resigned(it.token, ({ [name]: _gone, ...rest }) => rest)
    await refusedUnread(it, [
      ...wrong(
        'iss',
        'https://id.example/',
        'https://id.exampl',
        'https://id.example.evil',
        'HTTPS://ID.EXAMPLE',
        '',
        null,
        ['https://id.example'],
        ['https://evil', 'https://id.example'],
        {},
        1,
      ),
      ...wrong('aud', 'sho', 'shops', 'SHOP', '', null, ['shop'], ['shop', 'other'], [], {}, 'shop other'),
      ...['iss', 'aud', 'sub', 'exp', 'iat', 'nbf', 'jti', 'sid', 'client_id', 'auth_time'].map(missing),
    ])
    expect((await it.sessions.validateSession(it.token)).isValid).toBe(true)
  })

  it('say no name twice, nothing unknown and nothing nested [JWT-11]', async () => {
    const it = await bed()
    const text = JSON.stringify(claimsOf(it.token))
    const with_ = (more: string): string => resigned(it.token, () => `${text.slice(0, -1)},${more}}`)
    await refusedUnread(it, [
      with_('"sub":"root"'),
      with_('"__proto__":{"sub":"root"}'),
      with_('"constructor":{"prototype":{}}'),
      with_('"admin":true'),
      with_('"toString":"x"'),
      with_(`"amr":${'['.repeat(9)}${']'.repeat(9)}`),
      with_(`"x":${'['.repeat(3_000)}${']'.repeat(3_000)}`),
      resigned(it.token, () => `${text} `),
      resigned(it.token, () => text.replace('"iss"', '"\\u0069ss"')),
      resigned(it.token, () => `[${text}]`),
      resigned(it.token, (claims) => ({ ...claims, amr: [['pwd']] })),
      resigned(it.token, (claims) => ({ ...claims, sid: `sid_${'a'.repeat(24)}x` })),
      resigned(it.token, (claims) => ({ ...claims, jti: 's.x' })),
    ])
  })

  it('cannot lie in the future, nor end before they begin, nor later than the session was given [JWT-5 ATK-095]', async () => {
    const it = await bed()
    const { iat = 0 } = claimsOf(it.token)
    const now = Number(iat)
    const at = (change: object): string => resigned(it.token, (claims) => ({ ...claims, ...change }))
    await refusedUnread(it, [
      ...[31, 3_600].flatMap((ahead) => [at({ iat: now + ahead }), at({ nbf: now + ahead })]),
      ...['1e9', null, -1, 1.5, Number.MAX_SAFE_INTEGER + 1, `${now + 60}`].map((exp) => at({ exp })),
      at({ exp: now }),
      at({ exp: now - 1 }),
    ])
    expect((await it.sessions.validateSession(at({ iat: now + 29, nbf: now + 29 }))).isValid).toBe(true)
    for (const exp of [now + 10 * 365 * 86_400, now + 8 * 3_600 + 1]) {
      expect(await it.sessions.validateSession(at({ exp }))).toMatchObject({ isValid: false, error: { code: 'TOKEN_INVALID' } })
    }
    const short = at({ exp: now + 60 })
    expect((await it.sessions.validateSession(short)).isValid).toBe(true)
    await it.clock.advance(60_000)
    expect(await it.sessions.validateSession(short)).toMatchObject({
      isValid: false,
      error: { code: 'SESSION_EXPIRED', expired: 'lifetime' },
    })
    await expect(it.sessions.getSessionAnalytics(short)).rejects.toMatchObject({ code: 'SESSION_EXPIRED' })
    expect((await it.sessions.validateSession(it.token)).isValid).toBe(true)
  })

  it('open nothing without the secret of the session, which is stored as a hash only [JWT-9]', async () => {
    const it = await bed()
    const other = claimsOf((await it.sessions.createSession('bob')).token)
    const jti = String(claimsOf(it.token)['jti'])
    for (const change of [
      { sid: other['sid'] },
      { jti: other['jti'] },
      { jti: `${jti.slice(0, 6)}${'A'.repeat(43)}` },
      { jti: `a${jti.slice(1)}` },
    ]) {
      const result = await it.sessions.validateSession(resigned(it.token, (claims) => ({ ...claims, ...change })))
      expect(result).toMatchObject({ isValid: false, error: { code: 'TOKEN_INVALID' } })
    }
  })
})

describe('a signature that is right', () => {
  it('is not enough: logout, log out everywhere and sweeping end the token at once, here and on other nodes [JWT-9 ATK-026]', async () => {
    const clock = fakeClock(Date.UTC(2026, 0, 15, 8))
    const storage = { ...(await memoryStore()), close: () => Promise.resolve() }
    const options = {
      tokenType: 'jwt',
      cleanupInterval: 0,
      storage,
      clock,
      keys: { master: Uint8Array.from({ length: 32 }, (_, i) => (i * 73 + 41) & 255) },
    } as const
    const one = await createSessionManager(options)
    const two = await createSessionManager(options)
    const ended = await one.createSession('alice')
    const everywhere = await one.createSession('alice')
    const idle = await one.createSession('bob')
    for (const { token } of [ended, everywhere, idle]) expect((await two.validateSession(token)).isValid).toBe(true)
    await one.terminateSession(ended.token)
    expect(await two.validateSession(ended.token)).toMatchObject({ error: { code: 'SESSION_REVOKED', reason: 'logout' } })
    await clock.advance(1)
    await two.terminateAllUserSessions('alice')
    expect(await one.validateSession(everywhere.token)).toMatchObject({ error: { code: 'SESSION_REVOKED' } })
    await clock.advance(30 * 60_000 + 1)
    expect(await one.validateSession(idle.token)).toMatchObject({ error: { code: 'SESSION_EXPIRED', expired: 'idle' } })
    await one.close()
    await two.close()
  })

  it('always comes to its own identity: there is no cache that two tokens could share [JWT-12 ATK-056]', async () => {
    const { sessions } = await bed()
    const made = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => ({ user: `user-${i}`, ...(await sessions.createSession(`user-${i}`)) })),
    )
    const rounds = Array.from({ length: 2_000 }, (_, i) => made[(i * 7) % made.length])
    await Promise.all(
      rounds.map(async (one) => {
        const result = await sessions.validateSession(one?.token ?? '')
        expect(result.isValid && result.session.userId).toBe(one?.user)
      }),
    )
  })

  it('tells no user, no address and nothing else of a person [JWT-14]', async () => {
    const { sessions } = await bed()
    const context = { ipAddress: '198.51.100.187', userAgent: 'Mozilla/5.0 Zeitgeist/7', deviceId: 'laptop-17', location: 'Berlin, DE' }
    const { token } = await sessions.createSession('margarete@example.org', context, {
      data: { note: 'zeitgeist' },
      tenant: 'acme',
      roles: ['staff'],
    })
    const text = JSON.stringify(claimsOf(token))
    for (const personal of ['margarete', 'example.org', '198.51', 'eitgeist', 'laptop', 'Berlin', 'acme', 'staff'])
      expect(text).not.toContain(personal)
    expect(claimsOf(token)['sub']).toBe(sessions.tokenSubject('margarete@example.org'))
    expect(claimsOf(token)['sub']).not.toBe(sessions.pseudonym('margarete@example.org'))
  })
})

describe('a secret', () => {
  it.each([
    ['short', 'secret'],
    ['31 bytes long', 'kJ8s0Qm2vX7bTz5nR1wLp4cYh6uEd9f'],
    ['one letter', 'a'.repeat(64)],
    ['two letters', 'ab'.repeat(32)],
    ['a block again and again', 'kJ8s0Qm2vX7b'.repeat(4)],
    ['counted', 'abcdefghijklmnopqrstuvwxyz0123456789'],
    ['counted in hexadecimal digits', '0123456789abcdef0123456789abcdef0123456789abcdef'],
    ['made of words', 'changeme-secret-password-changeme-default-secret'],
    ['out of a tutorial', 'a-string-secret-at-least-256-bits-long'],
    ['out of an example', 'your-256-bit-secret-your-256-bit-secret'],
    ['blanks', ' '.repeat(40)],
  ])('that is %s starts nothing, and is not repeated in the message [JWT-3 ATK-054 ATK-072]', async (_what, secret) => {
    for (const jwt of [{ secret }, { secret: SECRET, previousSecrets: [secret] }]) {
      const fault: unknown = await createSessionManager({ tokenType: 'jwt', jwt }).catch((error: unknown) => error)
      expect(fault).toMatchObject({ code: 'CONFIG_INVALID', path: 'previousSecrets' in jwt ? 'jwt.previousSecrets.0' : 'jwt.secret' })
      if (secret.trim().length > 8) expect(String(fault)).not.toContain(secret)
    }
  })

  it('that chance has made is never refused', async () => {
    for (let i = 0; i < 2_000; i++) {
      const bytes = crypto.randomBytes(32 + (i % 32))
      const secret = bytes.toString(i % 2 === 0 ? 'base64' : 'hex')
      const sessions = i % 100 === 0 ? await createSessionManager({ tokenType: 'jwt', jwt: { secret } }) : undefined
      await sessions?.close()
      expect(weaknessOf(secret), secret).toBeUndefined()
    }
  })

  it('that was replaced is still taken, and others are not', async () => {
    const storage = { ...(await memoryStore()), close: () => Promise.resolve() }
    const common = { tokenType: 'jwt', storage, keys: { master: crypto.randomBytes(32) } } as const
    const before = await createSessionManager({ ...common, jwt: { secret: SECRET } })
    const { token } = await before.createSession('alice')
    await before.close()
    const after = await createSessionManager({ ...common, jwt: { secret: OTHER_SECRET, previousSecrets: [SECRET] } })
    expect((await after.validateSession(token)).isValid).toBe(true)
    expect(headerOf((await after.createSession('bob')).token)['kid']).not.toBe(headerOf(token)['kid'])
    await after.close()
    const later = await createSessionManager({ ...common, jwt: { secret: OTHER_SECRET } })
    expect(await later.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'TOKEN_INVALID' } })
    await later.close()
  })
})
