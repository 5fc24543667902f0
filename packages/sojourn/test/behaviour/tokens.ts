import { expect } from 'vitest'
import { type BehaviourCheck, type Bench, rounds } from './bench.js'
import { CONTEXT, invalid, refusal, valid } from './expectations.js'
import { formOf, randomToken } from './token-form.js'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const STRANGERS = ['=', '+', '/', '.', ' ', '%', '\n', '\0', 'é', '٣', 'Ａ']

/** Every text one deletion, insertion, replacement or exchange of neighbours away; over a socket with few letters per position. */
function neighbours(token: string, thorough: boolean): ReadonlySet<string> {
  const found = new Set<string>()
  for (let at = 0; at <= token.length; at++) {
    const [before, here, after] = [token.slice(0, at), token.charAt(at), token.slice(at + 1)]
    const letters = thorough ? [...ALPHABET, ...STRANGERS] : [ALPHABET.charAt((at * 7) % 64), STRANGERS[at % STRANGERS.length]!]
    for (const letter of letters) found.add(before + letter + here + after)
    if (at === token.length) break
    found.add(before + after)
    found.add(before + after.charAt(0) + here + after.slice(1))
    for (const letter of [...letters, here.toLowerCase(), here.toUpperCase()]) found.add(before + letter + after)
    // The same letter with its lowest bit turned: an alias wherever a decoder drops bits.
    found.add(before + (ALPHABET[ALPHABET.indexOf(here) ^ 1] ?? 'A') + after)
  }
  found.delete(token)
  return found
}

/** Makes `count` tokens of as many sessions and answers their secret parts; leaves nothing behind. */
async function secretParts(bench: Bench, count: number): Promise<string[]> {
  const parts: string[] = []
  for (let i = 0; i < count; i++) {
    const { token } = await bench.sessions.createSession(`user-${i % 100_000}`)
    const { pattern, secret, rowId } = formOf(token)
    expect(token).toMatch(pattern)
    parts.push(secret)
    await bench.store.remove(rowId)
  }
  return parts
}

function bitFrequencies(secrets: readonly string[]): readonly number[] {
  const ones = Array.from({ length: 256 }, () => 0)
  for (const secret of secrets) {
    const bytes = Buffer.from(secret, 'base64url')
    for (let bit = 0; bit < 256; bit++) ones[bit]! += ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1
  }
  return ones.map((count) => count / secrets.length)
}

export const tokens: readonly BehaviourCheck[] = [
  {
    name: 'are never the same twice, and all of their bits are chance [TOK-1]',
    async check(bench) {
      const long = process.env['SOJOURN_LONG_TESTS'] === '1' ? 1_000_000 : 10_000
      // The draw is the same before every store; where each is written to the disk, a tenth shows as much.
      const count = Math.min(rounds(bench, long), bench.store.isVolatile === true ? long : long / 10)
      const secrets = await secretParts(bench, count)
      expect(new Set(secrets).size).toBe(count)
      // Six standard deviations for each of 256 bits: one false alarm in two million runs with new keys.
      const spread = 6 * Math.sqrt(0.25 / count)
      for (const frequency of bitFrequencies(secrets)) expect(Math.abs(frequency - 0.5)).toBeLessThan(spread)
    },
  },
  {
    name: 'are refused without a store read when one letter is missing, added, changed or in another place [TOK-5 ATK-059]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      const before = bench.store.calls()
      for (const text of neighbours(token, bench.way === 'engine' && bench.tokens === 'opaque')) {
        const error = await invalid(bench, text, ['TOKEN_MALFORMED', 'TOKEN_INVALID'])
        if (bench.tokens === 'opaque') expect(error.code === 'TOKEN_MALFORMED' || text.length === 82).toBe(true)
      }
      expect(bench.store.calls()).toBe(before)
      await valid(bench, token)
    },
  },
  {
    name: 'have one spelling only [TOK-5 ATK-059]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const spellings = [
        ` ${token}`,
        `${token} `,
        `${token}\n`,
        `${token}=`,
        `${token}==`,
        `"${token}"`,
        encodeURIComponent(`${token}.`),
        token.toLowerCase(),
        token.toUpperCase(),
        token + token,
        token.slice(0, 71),
        `Bearer ${token}`,
        Buffer.from(token).toString('base64url'),
      ]
      const before = bench.store.calls()
      for (const text of spellings) {
        await invalid(bench, text, ['TOKEN_MALFORMED', 'TOKEN_INVALID'])
        await refusal(bench.sessions.renewSession(text), ['TOKEN_MALFORMED', 'TOKEN_INVALID'])
      }
      expect(bench.store.calls()).toBe(before)
    },
  },
  {
    name: 'cannot be put together from the parts of two others [TOK-5]',
    async check(bench) {
      const one = (await bench.sessions.createSession('user-1')).token
      const two = (await bench.sessions.createSession('user-2')).token
      const before = bench.store.calls()
      for (const cut of formOf(one).seams) {
        await invalid(bench, one.slice(0, cut) + two.slice(cut), 'TOKEN_INVALID')
        await invalid(bench, two.slice(0, cut) + one.slice(cut), 'TOKEN_INVALID')
      }
      expect(bench.store.calls()).toBe(before)
    },
  },
  {
    name: 'are not to be guessed: random ones of the right form never reach the store [TOK-10]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const before = bench.store.calls()
      for (let i = 0; i < (bench.way === 'engine' ? 5000 : 200); i++) {
        await invalid(bench, randomToken(bench, token), 'TOKEN_INVALID')
      }
      expect(bench.store.calls()).toBe(before)
    },
  },
  {
    name: 'have nothing in common with the public id but its name of the row [TOK-3]',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      expect(formOf(token).rowId).toBe(id.slice(4))
      expect(id).not.toContain(formOf(token).secret.slice(0, 12))
      for (const text of [id, id.slice(4), id.slice(4).padEnd(82, 'A'), `${id}${token.slice(28)}`]) await invalid(bench, text)
    },
  },
]
