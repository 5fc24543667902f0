import { type InnerList, type Item, parseList, Token } from 'structured-headers'
import { jws, type TestKey, testKey } from './proof-key.js'

/** One exchange with a server, at an address below its origin. */
export type Serve = (request: {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}) => Promise<{ readonly status: number; readonly headers: Headers; readonly body: string }>

interface BoundSession {
  readonly identifier: string
  readonly refreshUrl: string
  readonly cookieName: string
  readonly attributes: string
  readonly key: TestKey
  challenge: string | undefined
}

export interface SimulatedBrowser {
  readonly cookies: Map<string, { readonly value: string; readonly until: number; readonly attributes: string }>
  /** The sessions that it keeps keys for. */
  readonly bound: Map<string, BoundSession>
  /** Statuses of the requests that it made by itself, oldest first. */
  readonly ownRequests: Array<{ readonly path: string; readonly status: number }>
  /** Sends a request as a page would: before it the bound cookie is refreshed where it is missing, and what comes with the answer is acted on. */
  visit(method: string, path: string): Promise<{ readonly status: number; readonly body: string }>
  /** Acts on an answer as if it had come to a page. */
  receive(headers: Headers): Promise<void>
}

type Parameters = InnerList[1] | Item[1]

const textOf = (parameters: Parameters, name: string): string | undefined => {
  const value = parameters.get(name)
  return typeof value === 'string' ? value : undefined
}

const quoted = (text: string): string => `"${text}"`

/** As many proofs in a row as it makes before it gives up: a server that always asks again would keep it busy for ever. */
const MOST_PROOFS = 3

/**
 * A browser that does what the draft of Device Bound Session Credentials says (sections 8.4 to 8.9), with keys in software: no
 * installable browser registers without a secure chip. `clock` tells the time by which it drops cookies.
 */
export function simulatedBrowser(serve: Serve, clock: { now(): number }): SimulatedBrowser {
  const cookies: SimulatedBrowser['cookies'] = new Map()
  const bound: SimulatedBrowser['bound'] = new Map()
  const ownRequests: Array<{ path: string; status: number }> = []

  function keepCookies(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', ...value] = pair.split('=')
      const age = attributes.find((one) => /^max-age=/i.test(one))?.slice('max-age='.length)
      const until = age === undefined ? Number.POSITIVE_INFINITY : clock.now() + Number(age) * 1_000
      const rest = attributes.filter((one) => !/^(?:max-age|expires)=/i.test(one)).join('; ')
      if (until <= clock.now()) cookies.delete(name)
      else cookies.set(name, { value: value.join('='), until, attributes: rest })
    }
  }
  function cookieHeader(): Record<string, string> {
    for (const [name, { until }] of cookies) if (until <= clock.now()) cookies.delete(name)
    const header = [...cookies].map(([name, { value }]) => `${name}=${value}`).join('; ')
    return header === '' ? {} : { cookie: header }
  }
  /** 8.6: a challenge is kept for the session that it names. */
  function keepChallenges(headers: Headers): void {
    const field = headers.get('secure-session-challenge')
    if (field === null) return
    for (const [value, parameters] of parseList(field)) {
      const session = bound.get(textOf(parameters, 'id') ?? '')
      if (session !== undefined && typeof value === 'string') session.challenge = value
    }
  }
  async function send(path: string, headers: Record<string, string>): Promise<{ status: number; headers: Headers; body: string }> {
    const answer = await serve({ method: 'POST', path, headers: { ...cookieHeader(), ...headers } })
    ownRequests.push({ path, status: answer.status })
    keepCookies(answer.headers)
    keepChallenges(answer.headers)
    return answer
  }
  const proof = (key: TestKey, claims: Record<string, unknown>, withKey: boolean): string =>
    quoted(jws({ typ: 'dbsc+jwt', alg: key.alg, ...(withKey ? { jwk: key.jwk } : {}) }, claims, key))

  /** What instructions make of a session; an identifier of undefined is one that is being registered. */
  function follow(body: string, path: string, key: TestKey, identifier: string | undefined): void {
    const json = JSON.parse(body) as Record<string, unknown>
    if (
      json['continue'] === false ||
      typeof json['session_identifier'] !== 'string' ||
      (identifier ?? json['session_identifier']) !== json['session_identifier']
    ) {
      if (identifier !== undefined) bound.delete(identifier)
      return
    }
    const [credential] = json['credentials'] as ReadonlyArray<{ name: string; attributes: string }>
    if (credential === undefined) throw new Error('no credential')
    const known = bound.get(json['session_identifier'])
    bound.set(json['session_identifier'], {
      identifier: json['session_identifier'],
      refreshUrl: typeof json['refresh_url'] === 'string' ? json['refresh_url'] : path,
      cookieName: credential.name,
      attributes: credential.attributes,
      key,
      challenge: known?.challenge,
    })
  }
  /** 8.9. */
  async function register(header: string): Promise<void> {
    for (const [algorithms, parameters] of parseList(header) as Array<InnerList>) {
      const names = algorithms.map(([name]) => (name instanceof Token ? name.toString() : ''))
      const path = textOf(parameters, 'path')
      if (path === undefined || !names.includes('ES256')) continue
      const key = testKey()
      const authorization = textOf(parameters, 'authorization')
      const claims = {
        jti: textOf(parameters, 'challenge'),
        ...(authorization === undefined ? {} : { authorization }),
        aud: 'unknown claims are ignored',
      }
      const answer = await send(path, { 'secure-session-response': proof(key, claims, true) })
      if (answer.status === 200) follow(answer.body, path, key, undefined)
    }
  }
  /** 8.8: sends, signs on 403, and forgets the session at any other 4xx. */
  async function refresh(session: BoundSession): Promise<void> {
    const { identifier, refreshUrl, key } = session
    for (let tries = 0; tries <= MOST_PROOFS; tries++) {
      const signed =
        session.challenge === undefined ? {} : { 'secure-session-response': proof(key, { jti: session.challenge, sub: identifier }, false) }
      const { status, body } = await send(refreshUrl, { 'sec-secure-session-id': quoted(identifier), ...signed })
      if (status === 403) continue
      if (status === 407 || status === 429 || status >= 500 || (status >= 300 && status < 400)) return
      if (status >= 400) bound.delete(identifier)
      else if (body !== '') follow(body, refreshUrl, key, identifier)
      return
    }
  }
  async function receive(headers: Headers): Promise<void> {
    keepCookies(headers)
    keepChallenges(headers)
    const registration = headers.get('secure-session-registration')
    if (registration !== null) await register(registration)
  }
  return {
    cookies,
    bound,
    ownRequests,
    receive,
    async visit(method, path) {
      cookieHeader()
      // 8.4: the request waits until each session that covers it has its cookie, with the attributes that were told.
      for (const session of [...bound.values()]) {
        if (cookies.get(session.cookieName)?.attributes !== session.attributes) await refresh(session)
      }
      const answer = await serve({ method, path, headers: { ...cookieHeader(), 'sec-fetch-site': 'same-origin' } })
      await receive(answer.headers)
      return { status: answer.status, body: answer.body }
    },
  }
}
