import { refuse } from './refuse.js'

/** Long enough for an e-mail address or a distinguished name; short enough for every index. */
const MAX_IDENTIFIER = 255
/** A list that is longer was not written by a person. */
export const MAX_LIST = 256

const CHARACTERS = /^[\p{L}\p{Mn}\p{Mc}\p{N}!#$%&'()*+,\-./:;=?@[\]^_{|}~]+$/u
const STRAY_APOSTROPHE = /(?<![\p{L}\p{M}])'|'(?![\p{L}\p{M}])/u
/** Letters that make a pictograph of a digit or a sign. */
const PICTOGRAPH = /[\uFE0E\uFE0F]/u
/** What most identifiers are made of: no letter of it is refused anywhere, so that none of the patterns for all scripts needs to be tried. */
const PLAIN = /^[A-Za-z0-9_.:@/-]+$/
/** Names that mean something to JavaScript objects (CVE-2019-10744 and its kin), or to a URL path (RFC 3986 5.2.4). */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', '.', '..'])

const ALLOWED =
  `it must have 1 to ${MAX_IDENTIFIER} characters: letters and digits of any script and ! # $ % & ( ) * + , - . / : ; = ? @ [ ] ^ _ { | } ~, ` +
  "and an apostrophe between two letters. For anything else use an id of your own, for example the account's primary key."

/** Whether a value can be the name of a user, tenant, device, role or permission. */
export function isIdentifier(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_IDENTIFIER &&
    (PLAIN.test(value) || (CHARACTERS.test(value) && !STRAY_APOSTROPHE.test(value) && !PICTOGRAPH.test(value))) &&
    !RESERVED.has(value)
  )
}

export function readIdentifier(path: string, value: unknown): string {
  if (!isIdentifier(value)) refuse(path, value, ALLOWED)
  return value
}

/** A list of identifiers, without repetitions. */
export function readIdentifiers(path: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) refuse(path, value, 'it must be an array of strings.')
  if (value.length > MAX_LIST) refuse(path, value, `it may have at most ${MAX_LIST} entries.`)
  return [...new Set(value.map((entry, index) => readIdentifier(`${path}.${index}`, entry)))]
}

const REASON = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/
const MAX_REASON = 64

/** Why a session ended: lower-case words joined by dots and dashes, a branch of the reason tree. */
export function readReason(path: string, value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_REASON || !REASON.test(value)) {
    refuse(
      path,
      value,
      `it must have 1 to ${MAX_REASON} characters: lower-case letters and digits in words joined by dots or dashes, for example "security.password-changed".`,
    )
  }
  return value
}
