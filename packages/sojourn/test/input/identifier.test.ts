import { describe, expect, test } from 'vitest'
import { isIdentifier } from '../../src/input/identifier.js'

/** What the message of a refusal names, beside letters and digits; an apostrophe stands between letters only. */
const SIGNS = "!#$%&'()*+,-./:;=?@[]^_{|}~"

describe('an identifier', () => {
  test('has of all ASCII characters letters, digits and the named signs, alone and among others', () => {
    for (let code = 0; code < 128; code++) {
      const character = String.fromCharCode(code)
      const isAllowed = /[A-Za-z0-9]/.test(character) || SIGNS.includes(character)
      expect(isIdentifier(`a${character}b`), JSON.stringify(character)).toBe(isAllowed)
      expect(isIdentifier(`1${character}.2`), JSON.stringify(character)).toBe(isAllowed && character !== "'")
      expect(isIdentifier(`ä${character}ß`), JSON.stringify(character)).toBe(isAllowed)
    }
  })

  test.each([
    '',
    'a'.repeat(256),
    '__proto__',
    'constructor',
    'prototype',
    '.',
    '..',
    "'a",
    "a'",
    'a b',
    'a\n',
    '\na',
    'a\ufe0f',
    '😀',
    7,
    null,
  ])('is not %j', (value) => expect(isIdentifier(value)).toBe(false))

  test.each(['a', 'a'.repeat(255), 'alice@example.org', 'orders:read', 'zoë', "o'neil", '...', 'ключ'])('can be %j', (value) =>
    expect(isIdentifier(value)).toBe(true),
  )
})
