import { z } from '@hono/zod-openapi'
import { MAX_TOKEN_CHARACTERS } from '../limits.js'

interface TextRule {
  readonly least?: number
  readonly most: number
  /** From `^` to `$`. */
  readonly pattern: RegExp
  /** What is allowed, as a sentence. */
  readonly allowed: string
  readonly example: string
}

/** Names that mean something to objects of JavaScript, and to nobody else (CVE-2019-10744). */
const RESERVED = '(?!(?:__proto__|constructor|prototype)$)'

/** A text field. One sentence says what is allowed, whichever part of the rule was broken. */
export function text({ least = 1, most, pattern, allowed, example }: TextRule): z.ZodString {
  const source = pattern.source.replace(/^\^/, `^${RESERVED}`)
  return (
    z
      .string({ error: allowed })
      .min(least, allowed)
      .max(most, allowed)
      .regex(new RegExp(source, pattern.flags), allowed)
      // The generator would print the flags of the expression into the pattern.
      .openapi({ pattern: source, example })
  )
}

const IDENTIFIER = /^(?:[\p{L}\p{Mn}\p{Mc}\p{N}!#$%&()*+,\-./:;=?@[\]^_{|}~]|(?<=[\p{L}\p{M}])'(?=[\p{L}\p{M}]))+$/u

/** A name that the application gave: a user, a role, a tenant. */
export function identifier(what: string, example: string): z.ZodString {
  return text({
    most: 255,
    pattern: IDENTIFIER,
    allowed: `${what} is a string of 1 to 255 letters, digits and printable characters without quotation marks, spaces, < > \\ and backticks.`,
    example,
  })
}

/** Judged, never parsed here: whatever a client sends in the place of a token is the engine's to refuse. */
export const token: z.ZodString = z
  .string({ error: `A token is a string of 1 to ${MAX_TOKEN_CHARACTERS} characters.` })
  .min(1, `A token is a string of 1 to ${MAX_TOKEN_CHARACTERS} characters.`)
  .max(MAX_TOKEN_CHARACTERS, `A token is a string of 1 to ${MAX_TOKEN_CHARACTERS} characters.`)

export const sessionId: z.ZodString = text({
  most: 68,
  pattern: /^sid_[A-Za-z0-9_-]{1,64}$/,
  allowed: 'A session id is the text beginning with sid_ that stands in a session as id.',
  example: 'sid_abcdefghijklmnopqrstuvwx',
})

export const reason: z.ZodString = text({
  most: 64,
  pattern: /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/,
  allowed: 'A reason is 1 to 64 characters: words in lower case with dots or dashes between them, for example security.password-changed.',
  example: 'logout',
})

export const instant: z.ZodISODateTime = z.iso.datetime({
  offset: true,
  error: 'An instant is an ISO 8601 date and time with its zone, for example 2026-11-20T08:30:00Z.',
})

/** A list of identifiers, short enough to be handed around with every validation. */
export function identifiers(what: string, one: string, example: string): z.ZodArray<z.ZodString> {
  const allowed = `${what} is a list of at most 256 strings.`
  return z.array(identifier(one, example), { error: allowed }).max(256, allowed)
}
