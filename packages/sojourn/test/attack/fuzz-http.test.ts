import { createSessionManager, isSessionError } from 'sojourn'
import { sojournRequest } from 'sojourn/http'
import { memoryStore } from 'sojourn/memory'
import { fakeClock, type SeededRandom, seededRandom } from 'sojourn/testing'
import { expect, it, onTestFinished } from 'vitest'
import { probedStore } from '../behaviour/probed-store.js'
import { badToken } from '../support/bad-tokens.js'

/** `npm run fuzz` gives others. */
const TRIES = Number(process.env['SOJOURN_FUZZ_TRIES'] ?? 20_000)
const SEED = Number(process.env['SOJOURN_FUZZ_SEED'] ?? 20_261_121)
const MOST_MINUTES = 120
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'get', '', 'TRACE']
const BLANKS = ['', ' ', '\t', '  ']

const letters = (random: SeededRandom, most: number, from = 32, to = 256): string =>
  String.fromCharCode(...Array.from({ length: random.below(most) }, () => from + random.below(to - from)))

/** A bad token as a header can bring it, never one that comes to a good one where blanks and what follows a semicolon are left out. */
function arriving(good: readonly string[], random: SeededRandom): string {
  for (;;) {
    const text = Buffer.from(badToken(good, random).slice(0, 4_096), 'latin1')
      .toString('latin1')
      .replaceAll(/[\r\n]/g, '')
    if (!text.split(/[;,]/).some((part) => good.includes(part.trim()))) return text
  }
}

type Make = (good: readonly string[], random: SeededRandom) => string

const cookies: readonly Make[] = [
  (good, random) => `__Host-id=${arriving(good, random)}`,
  (good, random) => `${letters(random, 20)}__Host-id${random.pick(BLANKS)}=${random.pick(BLANKS)}${arriving(good, random)}; a=b`,
  (good, random) => `__host-id=${random.pick(good)}; __Host-id%20=${random.pick(good)}; "__Host-id"=${random.pick(good)}`,
  (good, random) => `__Host-id="${random.pick(good)}"; $Version=1`,
  (good, random) => `__Host-id=${arriving(good, random)}; __Host-id=${arriving(good, random)}`,
  (_good, random) => letters(random, 600),
  (_good, random) => Array.from({ length: random.below(200) }, () => `a${random.below(99)}=b`).join('; '),
]
const authorizations: readonly Make[] = [
  (good, random) => `Bearer ${arriving(good, random)}`,
  (good, random) => `${random.pick(['Basic', 'bearer', 'DPoP', 'Bearer,', 'Bear er'])}${random.pick(BLANKS)}${arriving(good, random)}`,
  (good, random) => `Bearer x, Bearer ${random.pick(good)}`,
  (_good, random) => letters(random, 300),
]
const others: readonly string[] = [
  'host',
  'origin',
  'referer',
  'sec-fetch-site',
  'sec-fetch-mode',
  'x-forwarded-for',
  'forwarded',
  'user-agent',
]
const values: readonly Make[] = [
  (_good, random) => letters(random, 200),
  (_good, random) =>
    random.pick([
      'same-origin',
      'cross-site',
      'none',
      'null',
      '[::1',
      '::ffff:1.2.3.4',
      '999.1.1.1',
      'for="[',
      'https://',
      'http://a:b@c',
      '*',
    ]),
]
const addresses: readonly Make[] = [
  () => '/cart',
  (_good, random) => `/${letters(random, 120, 33, 127)}`,
  (good, random) => `/a?x=${encodeURIComponent(arriving(good, random))}`,
  () => `/a?${'%'.repeat(9)}&=&&x=%ff`,
]

it(`a request whose headers are made up opens nothing, throws nothing and never reaches the store: ${TRIES} requests [TOK-5 CKE-1 AVL-3 ATK-059 ATK-060 ATK-078]`, {
  timeout: MOST_MINUTES * 60_000,
}, async () => {
  const store = probedStore(await memoryStore())
  const sessions = await createSessionManager({ storage: store, clock: fakeClock(), throttle: { globalPerMinute: 1_000_000_000 } })
  onTestFinished(() => sessions.close())
  const begin = sojournRequest({ sessions, trustProxy: ['127.0.0.1'] })
  const good: string[] = []
  for (let user = 0; user < 8; user++) good.push((await sessions.createSession(`user-${user}`)).token)
  for (const token of good) await sessions.validateSession(token)
  const random = seededRandom(SEED)
  const before = store.calls()
  const statuses = new Map<number, number>()
  for (let turn = 0; turn < TRIES; turn++) {
    const headers: Record<string, string> = {}
    if (random.below(4) > 0) headers['cookie'] = random.pick(cookies)(good, random)
    if (random.below(4) === 0) headers['authorization'] = random.pick(authorizations)(good, random)
    for (const name of others) if (random.below(4) === 0) headers[name] = random.pick(values)(good, random)
    const begun = await begin({
      method: random.pick(METHODS),
      url: random.pick(addresses)(good, random),
      header: (name) => headers[name],
      remoteAddress: random.pick(['127.0.0.1', '203.0.113.7', '', 'fe80::1%eth0']),
      isEncrypted: random.below(2) === 0,
      isHeadOpen: () => true,
    })
    const shown = `seed ${SEED}, try ${turn}: ${JSON.stringify(headers).slice(0, 300)}`
    if (begun.request.session !== undefined) expect(begun.request.session, shown).toBe(undefined)
    if (begun.error !== undefined && !isSessionError(begun.error)) throw begun.error
    const status = begun.refused?.status ?? 200
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status >= 500) expect(status, shown).toBeLessThan(500)
  }
  expect(store.calls()).toBe(before)
  // Each way out was taken: let through as nobody, and refused for what was sent.
  expect([...statuses.keys()].sort()).toEqual(expect.arrayContaining([200, 400]))
  for (const token of good) {
    const header = (name: string): string | undefined => (name === 'cookie' ? `__Host-id=${token}` : undefined)
    const begun = await begin({ method: 'GET', url: '/', header, remoteAddress: '203.0.113.7', isEncrypted: true, isHeadOpen: () => true })
    expect(begun.request.session).toBeDefined()
  }
})
