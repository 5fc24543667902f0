import { connect } from 'node:net'
import { type SeededRandom, seededRandom } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { badToken } from '../../../sojourn/test/support/bad-tokens.js'
import { SERVICE_KEY } from '../support/service.js'
import { type StartedService, startConfigured } from '../support/started.js'

/** `npm run fuzz` gives others; a request over a socket costs as much as some fifty tokens in the process. */
const TRIES = Math.ceil(Number(process.env['SOJOURN_FUZZ_TRIES'] ?? 100_000) / 50)
const SEED = Number(process.env['SOJOURN_FUZZ_SEED'] ?? 20_261_121)
const AT_ONCE = 8
const MOST_MINUTES = 120

const CONFIG = 'session_manager:\n  session_storage:\n    type: memory\n  security:\n    throttle:\n      enabled: false\n'

/** Status of the first answer, 0 for none, and everything that came. */
interface Heard {
  readonly status: number
  readonly text: string
}

function sendBytes(url: string, bytes: Buffer): Promise<Heard> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) })
    const parts: Buffer[] = []
    socket.on('data', (part) => parts.push(part))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EPIPE' || error.code === 'ECONNRESET' ? undefined : reject(error),
    )
    socket.on('close', () => {
      const text = Buffer.concat(parts).toString('latin1')
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0), text })
    })
    // Half closed: a request that never ends would be waited for as long as a slow client may take.
    socket.end(bytes)
  })
}

const anyBytes = (random: SeededRandom, most: number): string =>
  Array.from({ length: random.below(most) }, () => String.fromCharCode(random.below(256))).join('')
const printable = (random: SeededRandom, most: number): string =>
  Array.from({ length: random.below(most) }, () => String.fromCharCode(32 + random.below(95))).join('')

/**
 * A bad token as it arrives: of each character its low byte, without the white space at the ends that HTTP takes off.
 * Over a socket a mebibyte says no more than two kilobytes do.
 */
function arriving(good: readonly string[], random: SeededRandom): string {
  for (;;) {
    const text = Buffer.from(badToken(good, random).slice(0, 2_048), 'latin1')
      .toString('latin1')
      .replaceAll(/[\r\n]/g, '')
    if (!good.includes(text.replaceAll(/^[ \t]+|[ \t]+$/g, ''))) return text
  }
}

type Make = (good: readonly string[], host: string, random: SeededRandom) => string | Buffer

const cookie: Make = (good, host, random) => {
  const value = random.pick([
    () => `__Host-id=${arriving(good, random)}`,
    () => `__Host-id="${random.pick(good)}"`,
    () => `${printable(random, 20)}__Host-id${printable(random, 4)}=${arriving(good, random)}`,
    () => Array.from({ length: random.below(400) }, () => `a${random.below(99)}=b`).join('; '),
    () => anyBytes(random, 600).replaceAll(/[\r\n]/g, ' '),
  ])()
  return `GET /api/v1/auth/session HTTP/1.1\r\nHost: ${host}\r\nCookie: ${value}\r\nConnection: close\r\n\r\n`
}

const bearer: Make = (good, host, random) => {
  const scheme = random.pick(['Bearer', 'bearer', 'DPoP', 'Basic', 'Bearer Bearer', printable(random, 8)])
  const value = `${scheme} ${arriving(good, random)}`
  return `GET /api/v1/auth/session HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${value}\r\nConnection: close\r\n\r\n`
}

const headers: Make = (_good, host, random) => {
  const lines = Array.from({ length: random.below(40) }, () => `${printable(random, 24)}: ${anyBytes(random, 80)}`)
  return `GET /api/v1/auth/session${printable(random, 30).replaceAll(' ', '')} HTTP/1.1\r\nHost: ${host}\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`
}

const noise: Make = (_good, host, random) => {
  const request = `GET /api/v1/auth/session HTTP/1.1\r\nHost: ${host}\r\nCookie: __Host-id=x\r\nConnection: close\r\n\r\n`
  const bytes = Buffer.from(random.below(3) === 0 ? anyBytes(random, 500) : request, 'latin1')
  for (let i = random.below(6); i > 0 && bytes.length > 0; i--) bytes[random.below(bytes.length)] = random.below(256)
  return bytes
}

const JSON_VALUES = [
  'null',
  'true',
  '-1',
  '1e999',
  '""',
  '[]',
  '{}',
  '[[[[]]]]',
  '"\\u0000"',
  '"\\ud800"',
  '{"__proto__":1}',
  '"a\\nb"',
  '9'.repeat(400),
]
const CALLS = ['/sessions/validate', '/sessions/renew', '/sessions/terminate', '/sessions/analytics'] as const

const body: Make = (good, host, random) => {
  const token = JSON.stringify(arriving(good, random))
  let json = random.pick([
    () => `{"token":${token}}`,
    () => `{"token":${token},"context":{"ipAddress":${random.pick(JSON_VALUES)}}}`,
    () => `{"token":${random.pick(JSON_VALUES)}}`,
    () => `{"token":${token},"token":${token}}`,
    () => `{${JSON.stringify(anyBytes(random, 12))}:${random.pick(JSON_VALUES)}}`,
    () => '['.repeat(random.below(3_000)),
    () => random.pick(JSON_VALUES),
  ])()
  for (let i = random.below(4); i > 0; i--) {
    const at = random.below(json.length + 1)
    json = json.slice(0, at) + random.pick(['', '{', '}', '"', ',', ':', '\\', '\0', 'é', ' ']) + json.slice(at + random.below(2))
  }
  // A change more may have mended what was broken before.
  if (good.some((one) => json.includes(`"${one}"`))) return body(good, host, random)
  const bytes = Buffer.from(json)
  const type = random.pick([
    'application/json',
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
  ])
  const length = random.below(20) === 0 ? bytes.length + random.below(9) - 4 : bytes.length
  const head = `POST /api/v1${random.pick(CALLS)} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${SERVICE_KEY}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`
  return Buffer.concat([Buffer.from(head), bytes])
}

const MAKES: Readonly<Record<string, Make>> = { cookie, bearer, headers, noise, body }

/** What such a request must not come to: a fault of ours, or anything that a session opens. */
function faultOf({ status, text }: Heard): string | undefined {
  if (status >= 500) return `answered ${status}`
  if (/"isValid":\s*true/.test(text)) return 'validated'
  if (/"userId"/.test(text)) return 'showed a session'
  if (/^set-cookie:.*__Host-id=[A-Za-z0-9]/im.test(text)) return 'gave out a cookie'
  return /\n\s+at .*\.[jt]s:\d+/.test(text) ? 'showed where it failed' : undefined
}

async function stillWorks({ url, isValid }: StartedService, good: readonly string[]): Promise<void> {
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  for (const token of good) expect(await isValid(token)).toBe(true)
}

describe('whatever bytes come over a socket', () => {
  it(`are answered or dropped, open nothing, and bring nothing down: ${TRIES} requests [AVL-3 ATK-124]`, {
    timeout: MOST_MINUTES * 60_000,
  }, async () => {
    const service = await startConfigured(CONFIG)
    const host = new URL(service.url).host
    const good = [(await service.create('alice')).token, (await service.create('bob')).token, (await service.create('carol')).token]
    const random = seededRandom(SEED)
    const answered = new Map<number, number>()
    for (let turn = 0; turn < TRIES; turn += AT_ONCE) {
      const sent = Array.from({ length: AT_ONCE }, async () => {
        const kind = random.pick(Object.keys(MAKES))
        const made = (MAKES[kind] as Make)(good, host, random)
        const bytes = typeof made === 'string' ? Buffer.from(made, 'latin1') : made
        const heard = await sendBytes(service.url, bytes)
        answered.set(heard.status, (answered.get(heard.status) ?? 0) + 1)
        const fault = faultOf(heard)
        expect(fault, `seed ${SEED}, try ${turn}, ${kind}: ${bytes.toString('latin1').slice(0, 400)}`).toBeUndefined()
      })
      await Promise.all(sent)
    }
    await stillWorks(service, good)
    for (const status of [400, 401])
      expect(answered.get(status) ?? 0, `${status} of ${JSON.stringify([...answered])}`).toBeGreaterThan(TRIES / 20)
    expect(service.lines.filter(({ level }) => level === 'error')).toEqual([])
  })
})
