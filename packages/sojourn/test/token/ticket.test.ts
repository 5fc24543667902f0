import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/crypto/random.js'
import { type Ring, ringOf, TOKEN_SLOTS } from '../../src/crypto/ring.js'
import { firstRing, withTokenKey } from '../../src/crypto/ring-change.js'
import { successor } from '../../src/token/successor.js'
import { type Ticket, TOKEN_LENGTH, ticketCodec } from '../../src/token/ticket.js'

const random = systemRandom()
const newRing = (): Ring => ringOf(firstRing(Buffer.from(random.bytes(32)).toString('base64url'), [], 0, random), random)
const ring = newRing()
const codec = ticketCodec(() => ring)
const text = (bytes: number): string => Buffer.from(random.bytes(bytes)).toString('base64url')
const ticket = (generation = 1): Ticket => ({ rowId: `q7${text(16)}`, generation, slot: 0, secret: text(32) })

describe('an opaque token', () => {
  it('says what it was made of, for every generation that can be told', () => {
    for (const generation of [1, 2, 63, 64, 65, 4_095, 4_096, 262_143]) {
      const made = ticket(generation)
      expect(codec.decode(codec.encode(made))).toEqual({ ...made, use: 'session' })
    }
  })

  it('has one length and characters that need no escaping anywhere', () => {
    for (let round = 0; round < 1_000; round++) expect(codec.encode(ticket())).toMatch(new RegExp(`^[A-Za-z0-9_-]{${TOKEN_LENGTH}}$`))
  })

  it('hashes within one block of SHA-256', () => {
    expect(ticket().secret.length).toBeLessThanOrEqual(55)
  })

  it('refuses a generation that it could not tell', () => {
    for (const generation of [0, -1, 1.5, 262_144, Number.NaN]) expect(() => codec.encode(ticket(generation))).toThrow(RangeError)
  })

  it('is refused after any change of any one character, by every character of the alphabet [TOK-5]', () => {
    const good = codec.encode(ticket())
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (let at = 0; at < good.length; at++) {
      expect(codec.decode(good.slice(0, at) + good.slice(at + 1))).toBe('malformed')
      for (const character of alphabet) {
        expect(codec.decode(good.slice(0, at) + character + good.slice(at))).toBe('malformed')
        if (character === good[at]) continue
        expect(codec.decode(good.slice(0, at) + character + good.slice(at + 1))).toBeTypeOf('string')
      }
    }
  })

  it('is foreign under other keys', () => {
    expect(ticketCodec(newRing).decode(codec.encode(ticket()))).toBe('foreign')
  })

  it('is malformed when it is no text at all, and nothing is thrown [LIF-8]', () => {
    const odd = [
      undefined,
      null,
      0,
      1,
      true,
      {},
      [],
      ['x'],
      Symbol.iterator,
      () => '',
      new Date(),
      '',
      ' ',
      'null',
      'undefined',
      '[object Object]',
      'x'.repeat(1e6),
    ]
    for (const value of odd) expect(codec.decode(value)).toBe('malformed')
  })
})

describe('the successor of a token', () => {
  it('is the same however often it is asked for', () => {
    const made = ticket()
    expect(successor(ring, made, 5)).toEqual(successor(ring, made, 5))
  })

  it('keeps the row, counts one generation up, and shares nothing with its predecessor', () => {
    const made = ticket(7)
    const next = successor(ring, made, 5)
    expect(next).toMatchObject({ rowId: made.rowId, generation: 8 })
    expect(next.secret).not.toBe(made.secret)
    expect(successor(ring, { ...made, secret: [...made.secret].reverse().join('') }, 5).secret).not.toBe(next.secret)
  })

  it('is the same after the keys were rotated, and carries the key that was active when it was made', () => {
    const made = ticket()
    const rotated = ringOf(withTokenKey(ring.content, 100, 0, 1_000, random), random)
    expect(successor(rotated, made, 99)).toEqual(successor(ring, made, 99))
    expect(successor(rotated, made, 100)).toEqual({ ...successor(ring, made, 99), slot: 1 })
    expect(ticketCodec(() => rotated).decode(codec.encode(made))).toEqual({ ...made, use: 'session' })
  })
})

describe('token keys', () => {
  it('are kept until the last token that they made has expired, and then go', () => {
    let content = ring.content
    for (let day = 1; day <= 10; day++) content = withTokenKey(content, day * 10, day * 10, 25, random)
    expect(content.token.map(({ from }) => from)).toEqual([70, 80, 90, 100])
  })

  it('never share a slot, and are not rotated while all slots are in use', () => {
    let content = ring.content
    for (let round = 1; round <= 200; round++) content = withTokenKey(content, round, round, 1e9, random)
    expect(content.token.length).toBe(TOKEN_SLOTS)
    expect(new Set(content.token.map(({ slot }) => slot)).size).toBe(TOKEN_SLOTS)
  })
})
