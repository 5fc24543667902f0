import type { SeededRandom } from 'sojourn/testing'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const STRANGERS = [
  '=',
  '+',
  '/',
  '.',
  ' ',
  '%',
  '\n',
  '\r\n',
  '\t',
  '\0',
  '"',
  ';',
  ',',
  'é',
  '٣',
  'Ａ',
  '\u202e',
  '\u200b',
  '\ufeff',
  '😀',
  '\ud800',
]
const WRAPPED: ReadonlyArray<(token: string) => string> = [
  (token) => ` ${token}`,
  (token) => `${token}\n`,
  (token) => `"${token}"`,
  (token) => `${token}=`,
  (token) => `Bearer ${token}`,
  (token) => token + token,
  (token) => token.toLowerCase(),
  (token) => token.toUpperCase(),
  (token) => token.replaceAll('_', '/').replaceAll('-', '+').padEnd(84, '='),
  (token) => Buffer.from(token).toString('base64url'),
  (token) => [...token].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join(''),
  (token) => [...token].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)).join(''),
  (token) => [...token].reverse().join(''),
  (token) => `${token.slice(0, 81)}\u0301`,
]

const MEBIBYTE = 1_048_576

type Mutation = (token: string, other: string, random: SeededRandom) => string

const letters = (random: SeededRandom, count: number): string => {
  let text = ''
  while (text.length < count) text += ALPHABET.charAt(random.below(64))
  return text
}

const MUTATIONS: readonly Mutation[] = [
  // One letter replaced, by one of ours or by a stranger.
  (token, _other, random) => {
    const at = random.below(token.length)
    return token.slice(0, at) + (random.below(4) === 0 ? random.pick(STRANGERS) : ALPHABET.charAt(random.below(64))) + token.slice(at + 1)
  },
  // A bit of a letter turned, as on a bad line.
  (token, _other, random) => {
    const at = random.below(token.length)
    return token.slice(0, at) + String.fromCharCode(token.charCodeAt(at) ^ (1 << random.below(8))) + token.slice(at + 1)
  },
  // Something left out, put in, or in another place.
  (token, _other, random) => {
    const [from, length] = [random.below(token.length), 1 + random.below(8)]
    return token.slice(0, from) + token.slice(from + length)
  },
  (token, _other, random) => {
    const at = random.below(token.length + 1)
    return token.slice(0, at) + letters(random, 1 + random.below(8)) + token.slice(at)
  },
  (token, _other, random) => {
    const [a, b] = [random.below(token.length), random.below(token.length)]
    const swapped = [...token]
    swapped[a] = token.charAt(b)
    swapped[b] = token.charAt(a)
    return swapped.join('')
  },
  // The beginning of one token and the end of another, also of the same length.
  (token, other, random) => {
    const at = random.below(token.length)
    return token.slice(0, at) + other.slice(random.below(2) === 0 ? at : random.below(other.length))
  },
  // Shorter, longer, nothing of ours, and of exactly the right form.
  (token, _other, random) => token.slice(0, random.below(token.length)),
  (token, _other, random) => token + letters(random, 1 + random.below(200)),
  (_token, _other, random) => letters(random, random.below(200)),
  (token, _other, random) => token.slice(0, 2) + letters(random, 80),
  (token, _other, random) => token.slice(0, random.pick([24, 27, 28, 71])) + letters(random, 58).slice(-(82 - 24)),
  (_token, _other, random) => Array.from({ length: random.below(120) }, () => String.fromCharCode(random.below(0x1_0000))).join(''),
  (token, _other, random) => random.pick(WRAPPED)(token),
]

/** A text that is near a good token or far from every one, and is none of `good`, which has two at least. */
export function badToken(good: readonly string[], random: SeededRandom): string {
  for (;;) {
    const [token, other] = [random.pick(good), random.pick(good)]
    const made = random.below(2_000) === 0 ? letters(random, 64).repeat(MEBIBYTE / 64) : random.pick(MUTATIONS)(token, other, random)
    if (!good.includes(made)) return made
  }
}

/** What is no text at all, each made anew: some of them throw when they are looked at. */
export function notEvenText(token: string): readonly unknown[] {
  const thrower = (): never => {
    throw new Error('looked at')
  }
  return [
    undefined,
    null,
    0,
    Number.NaN,
    82,
    10n,
    true,
    Symbol('token'),
    [],
    [token],
    {},
    { length: 82 },
    { toString: () => token },
    { toString: thrower, valueOf: thrower, [Symbol.toPrimitive]: thrower },
    new Proxy({}, { get: thrower, has: thrower, ownKeys: thrower, getPrototypeOf: thrower }),
    new String(token),
    Buffer.from(token),
    () => token,
    Promise.resolve(token),
    new Date(0),
    Object.create(null),
  ]
}
