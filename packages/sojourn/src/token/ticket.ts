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

/** `malformed`: no token of ours has this form. `foreign`: the form is right, but nobody with our keys made it. */
export type TicketReading = Ticket | 'malformed' | 'foreign'

export interface TicketCodec {
  encode(ticket: Ticket): string
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
const SECRET_START = SLOT_START + SLOT_LENGTH
const TAG_START = SECRET_START + SECRET_LENGTH
export const TOKEN_LENGTH: number = TAG_START + TAG_LENGTH

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const FORM = /^[a-z2-7]{2}[A-Za-z0-9_-]+$/
/** 18 bits; at one renewal a minute that lasts half a year, and `renewal.maxRenewals` comes first. */
const MAX_GENERATION = 64 ** GENERATION_LENGTH - 1

function encodeGeneration(generation: number): string {
  if (!Number.isInteger(generation) || generation < 1 || generation > MAX_GENERATION) throw new RangeError('generation out of range')
  let text = ''
  for (let rest = generation, digit = 0; digit < GENERATION_LENGTH; digit++) {
    text = ALPHABET.charAt(rest % 64) + text
    rest = Math.floor(rest / 64)
  }
  return text
}

function decodeGeneration(text: string): number {
  let generation = 0
  for (const character of text) generation = generation * 64 + ALPHABET.indexOf(character)
  return generation
}

/**
 * Opaque tokens: row id, generation, key slot, secret, check tag. The tag is computed over the characters themselves, so a token has
 * exactly one spelling and any change of any character is refused before the store is asked.
 */
export function ticketCodec(ring: () => Pick<Ring, 'tagKey'>): TicketCodec {
  const tagOf = (slot: number, body: string): string | undefined => {
    const key = ring().tagKey(slot)
    return key === undefined ? undefined : mac(key, body).slice(0, TAG_LENGTH)
  }
  return Object.freeze({
    encode(ticket: Ticket): string {
      const body = ticket.rowId + encodeGeneration(ticket.generation) + ALPHABET.charAt(ticket.slot) + ticket.secret
      const tag = tagOf(ticket.slot, body)
      if (tag === undefined) throw new RangeError('The key ring has no key in this slot.')
      return body + tag
    },
    decode(text: unknown): TicketReading {
      if (typeof text !== 'string' || text.length !== TOKEN_LENGTH || !FORM.test(text)) return 'malformed'
      const slot = ALPHABET.indexOf(text.charAt(SLOT_START))
      const tag = tagOf(slot, text.slice(0, TAG_START))
      if (tag === undefined || !equal(tag, text.slice(TAG_START))) return 'foreign'
      return {
        rowId: text.slice(0, ROW_ID_LENGTH),
        generation: decodeGeneration(text.slice(ROW_ID_LENGTH, SLOT_START)),
        slot,
        secret: text.slice(SECRET_START, TAG_START),
      }
    },
  })
}
