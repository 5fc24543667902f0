import { equal, mac } from '../crypto/hash.js'
import type { Ring } from '../crypto/ring.js'

/** What an opaque token says: which row, which generation of it, and the secret that proves it. */
export interface Ticket {
  readonly rowId: string
  /** 1 at creation, one higher at each renewal. */
  readonly generation: number
  /** Which key of the ring made its check tag. */
  readonly slot: number
  /** 256 random bits (or a keyed function of the predecessor) as 43 base64url characters. */
  readonly secret: string
}

/** What somebody presented: what it says, and what it is for. */
export interface Credential extends Ticket {
  /**
   * `session`: it opens the session and renews it; for a session with a pair of tokens it is the refresh token and only
   * renews. `access`: it opens the session for a few minutes and never renews it.
   */
  readonly use: 'session' | 'access'
  /** Seconds since the epoch after which it opens nothing; always there for `access` and in a JWT. */
  readonly expires?: number
  /** Seconds since the epoch at which it was issued, where the token says so: in a JWT. */
  readonly issued?: number
}

/** `malformed`: no token of ours has this form. `foreign`: the form is right, but nobody with our keys made it. */
export type TicketReading = Credential | 'malformed' | 'foreign'

export interface TicketCodec {
  /** The opaque form. */
  encode(ticket: Ticket): string
  /** The opaque form of an access token. */
  encodeAccess(ticket: Ticket & { readonly expires: number }): string
  /** Needs no store. Says nothing about whether the session lives. */
  decode(text: unknown): TicketReading
}

/** A row id: two letters of the bucket and 128 random bits. */
export const ROW_ID_LENGTH = 24
const GENERATION_LENGTH = 3
const SLOT_LENGTH = 1
/** The hashed part of a token fits one block of SHA-256 (55 bytes). */
export const SECRET_LENGTH = 43
/** 66 bits: a guess gets as far as the store once in 7 × 10^19 tries. */
const TAG_LENGTH = 11

const SLOT_START = ROW_ID_LENGTH + GENERATION_LENGTH
const TAG_START = SLOT_START + SLOT_LENGTH + SECRET_LENGTH
export const TOKEN_LENGTH: number = TAG_START + TAG_LENGTH
/** 36 bits of seconds: until the year 4147. */
const EXPIRY_LENGTH = 6
/** Row id, generation, slot, secret, end, check tag. Another length than a session token: neither is ever taken for the other. */
export const ACCESS_LENGTH: number = TOKEN_LENGTH + EXPIRY_LENGTH

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const FORM = /^[a-z2-7]{2}[A-Za-z0-9_-]+$/
/** 18 bits; at one renewal a minute that lasts half a year, and `renewal.maxRenewals` comes first. */
const MAX_GENERATION = 64 ** GENERATION_LENGTH - 1

/**
 * A text of its own. A slice keeps the whole text in memory that it was cut from (V8), and the id of a row stays there as long as the row:
 * the token would stay with it, in clear.
 */
const ownText = (slice: string): string => Buffer.from(slice, 'latin1').toString('latin1')

function encodeNumber(number: number, length: number): string {
  let text = ''
  for (let rest = number, digit = 0; digit < length; digit++) {
    text = ALPHABET.charAt(rest % 64) + text
    rest = Math.floor(rest / 64)
  }
  return text
}

function decodeNumber(text: string): number {
  let number = 0
  for (const character of text) number = number * 64 + ALPHABET.indexOf(character)
  return number
}

/** Everything of a ticket but its row: generation, slot and secret, as they stand in every token. */
export function encodeTail({ generation, slot, secret }: Omit<Ticket, 'rowId'>): string {
  if (!Number.isInteger(generation) || generation < 1 || generation > MAX_GENERATION) throw new RangeError('generation out of range')
  return encodeNumber(generation, GENERATION_LENGTH) + ALPHABET.charAt(slot) + secret
}

/** The same, read: 47 characters of base64url. */
export function decodeTail(tail: string): Omit<Ticket, 'rowId'> {
  return {
    generation: decodeNumber(tail.slice(0, GENERATION_LENGTH)),
    slot: ALPHABET.indexOf(tail.charAt(GENERATION_LENGTH)),
    secret: tail.slice(GENERATION_LENGTH + SLOT_LENGTH),
  }
}

export const TAIL_LENGTH: number = GENERATION_LENGTH + SLOT_LENGTH + SECRET_LENGTH

/**
 * Opaque tokens: row id, generation, key slot, secret, check tag. The tag is computed over the characters themselves, so a token has
 * exactly one spelling and any change of any character is refused before the store is asked.
 */
export function ticketCodec(ring: () => Pick<Ring, 'tagKey'>): TicketCodec {
  const tagOf = (slot: number, body: string): string | undefined => {
    const key = ring().tagKey(slot)
    return key === undefined ? undefined : mac(key, body).slice(0, TAG_LENGTH)
  }
  const tagged = (slot: number, body: string): string => {
    const tag = tagOf(slot, body)
    if (tag === undefined) throw new RangeError('The key ring has no key in this slot.')
    return body + tag
  }
  return Object.freeze({
    encode: (ticket: Ticket) => tagged(ticket.slot, ticket.rowId + encodeTail(ticket)),
    encodeAccess: (ticket: Ticket & { readonly expires: number }) =>
      tagged(ticket.slot, ticket.rowId + encodeTail(ticket) + encodeNumber(ticket.expires, EXPIRY_LENGTH)),
    decode(text: unknown): TicketReading {
      if (typeof text !== 'string' || (text.length !== TOKEN_LENGTH && text.length !== ACCESS_LENGTH) || !FORM.test(text))
        return 'malformed'
      const slot = ALPHABET.indexOf(text.charAt(SLOT_START))
      const end = text.length - TAG_LENGTH
      const tag = tagOf(slot, text.slice(0, end))
      if (tag === undefined || !equal(tag, text.slice(end))) return 'foreign'
      const ticket = { rowId: ownText(text.slice(0, ROW_ID_LENGTH)), ...decodeTail(text.slice(ROW_ID_LENGTH, TAG_START)) }
      if (text.length === TOKEN_LENGTH) return { ...ticket, use: 'session' }
      return { ...ticket, use: 'access', expires: decodeNumber(text.slice(TAG_START, end)) }
    },
  })
}
