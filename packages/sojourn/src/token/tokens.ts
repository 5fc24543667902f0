import type { Millis } from '../clock.js'
import type { Ring } from '../crypto/ring.js'
import { accessSecret } from './access.js'
import type { JwtCodec } from './jwt.js'
import { type Credential, type Ticket, type TicketCodec, type TicketReading, ticketCodec } from './ticket.js'

/** What a token is made from: the record of its session. */
export interface TokenGrounds {
  readonly userId: string
  readonly authTime: Millis
  readonly acr?: string
  readonly amr?: readonly string[]
  /** When the session ends if it is not renewed. */
  readonly lifetimeEnd: Millis
  /** When the current token was made. */
  readonly rotatedAt: Millis
  readonly secretHash: string
  readonly generation: number
  /** The first generation that is a pair of tokens; absent for a session with one. */
  readonly pairSince?: number
}

/** What the client gets. */
export interface IssuedTokens {
  readonly token: string
  readonly refreshToken?: string
}

/** Tokens of all forms and uses. */
export interface Tokens {
  /** Spells out the current ticket of a session as it is configured. */
  issue(record: TokenGrounds, ticket: Ticket): IssuedTokens
  /** The opaque form, for use inside of this process. */
  opaque(ticket: Ticket): string
  /** Reads any form that was ever issued. Needs no store. Says nothing about whether the session lives. */
  decode(text: unknown): TicketReading
}

export interface TokenOptions {
  readonly ring: () => Ring
  readonly now: () => Millis
  /** Longest life of an access token. */
  readonly accessLife: Millis
  /** Set where JWT tokens are issued, or were and are still read. */
  readonly jwt?: JwtCodec
  /** Whether they are issued. */
  readonly issuesJwt: boolean
  /** The name of a user in JWT tokens. */
  readonly subject: (userId: string) => string
}

const seconds = (at: Millis): number => Math.floor(at / 1_000)

export function tokens({ ring, now, accessLife, jwt, issuesJwt, subject }: TokenOptions): Tokens {
  const tickets: TicketCodec = ticketCodec(ring)

  /** `expires` is rounded up: the clocks of the session itself are exact, and come first. */
  function spell(record: TokenGrounds, ticket: Ticket, use: Credential['use'], issuedAt: Millis, expires: number): string {
    if (jwt === undefined || !issuesJwt) return use === 'session' ? tickets.encode(ticket) : tickets.encodeAccess({ ...ticket, expires })
    const { authTime, acr, amr } = record
    return jwt.encode(ticket, use, {
      subject: subject(record.userId),
      issuedAt: seconds(issuedAt),
      expires,
      authTime: seconds(authTime),
      ...(acr === undefined ? {} : { acr }),
      ...(amr === undefined ? {} : { amr }),
    })
  }

  function access(record: TokenGrounds, { rowId, generation }: Ticket): string {
    const at = now()
    const expires = Math.ceil(Math.min(at + accessLife, record.lifetimeEnd) / 1_000)
    const slot = ring().tokenSlot(at)
    const secret = accessSecret(ring(), { rowId, generation, slot, expires }, record.secretHash)
    if (secret === undefined) throw new RangeError('The key ring has no key in this slot.')
    return spell(record, { rowId, generation, slot, secret }, 'access', at, expires)
  }

  return Object.freeze({
    issue(record: TokenGrounds, ticket: Ticket): IssuedTokens {
      const { pairSince, rotatedAt, lifetimeEnd } = record
      if (pairSince !== undefined && ticket.generation >= pairSince)
        return { token: access(record, ticket), refreshToken: tickets.encode(ticket) }
      // Nothing in it but what is stored: whoever repeats the call, here or on another node, gets the same text.
      return { token: spell(record, ticket, 'session', rotatedAt, Math.ceil(lifetimeEnd / 1_000)) }
    },
    opaque: (ticket: Ticket) => tickets.encode(ticket),
    decode(text: unknown): TicketReading {
      if (jwt !== undefined && typeof text === 'string' && text.includes('.')) return jwt.decode(text)
      return tickets.decode(text)
    },
  })
}
