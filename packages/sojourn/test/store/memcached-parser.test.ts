import { describe, expect, it } from 'vitest'
import { ProtocolFault, ServerRefusal } from '../../src/store/memcached/faults.js'
import { type Item, metaDelete, metaGet, metaSet } from '../../src/store/memcached/meta.js'
import type { Question } from '../../src/store/memcached/question.js'
import type { Reply } from '../../src/store/memcached/reply.js'
import { replyParser } from '../../src/store/memcached/reply-parser.js'
import { decodeRow, encodeRow } from '../../src/store/memcached/stored-row.js'
import { bytesOf, sampleRow } from '../../src/testing/contract/sample.js'
import { seededRandom } from '../../src/testing/index.js'

const MAX_VALUE = 4_096

/** All replies in a stream that comes in these pieces. */
function parse(pieces: readonly Buffer[]): readonly { readonly line: string; readonly value: string | undefined }[] {
  const replies: { readonly line: string; readonly value: string | undefined }[] = []
  const feed = replyParser(MAX_VALUE, ({ line, value }) => replies.push({ line, value: value?.toString('latin1') }))
  for (const piece of pieces) {
    feed(piece)
    // What was fed may be used again for the next piece.
    piece.fill(0x58)
  }
  return replies
}

const stream = (text: string): Buffer => Buffer.from(text, 'latin1')

describe('the parser of memcached replies', () => {
  const text = 'VA 12 c77 ka O0\r\nab\r\nVA 9\r\n\0\xff\r\nEN ka O1\r\nHD c1 kb O2\r\nVA 0 c2 ka O3\r\n\r\nNS c0 ka O4\r\n'
  const expected = [
    { line: 'VA 12 c77 ka O0', value: 'ab\r\nVA 9\r\n\0\xff' },
    { line: 'EN ka O1', value: undefined },
    { line: 'HD c1 kb O2', value: undefined },
    { line: 'VA 0 c2 ka O3', value: '' },
    { line: 'NS c0 ka O4', value: undefined },
  ]

  it('reads the same replies however the stream is cut: everywhere in two, everywhere in three, and into single bytes', () => {
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        expect(parse([stream(text.slice(0, first)), stream(text.slice(first, second)), stream(text.slice(second))])).toEqual(expected)
      }
    }
    expect(parse([...text].map(stream))).toEqual(expected)
  })

  it('hands out nothing before it is whole', () => {
    for (let cut = 0; cut < text.length; cut++) {
      expect(expected).toEqual(expect.arrayContaining([...parse([stream(text.slice(0, cut))])]))
    }
  })

  it.each([
    ['a line without end', 'x'.repeat(2_049)],
    ['a line end without carriage return', 'EN\n'],
    ['an empty line end', '\n'],
    ['a control character', 'EN\x00\r\n'],
    ['a letter beyond ASCII', 'EN\xe4\r\n'],
    ['a value that is larger than any we wrote', `VA ${MAX_VALUE + 1} c1\r\n`],
    ['a size of many digits', `VA ${'9'.repeat(40)} c1\r\n`],
    ['a negative size', 'VA -1 c1\r\n'],
    ['a size with a sign', 'VA +1 c1\r\n'],
    ['a size that begins with 0', 'VA 01 c1\r\na\r\n'],
    ['a size in other digits', 'VA 0x1 c1\r\na\r\n'],
    ['no size', 'VA\r\n'],
    ['a value longer than it was said to be', 'VA 1 c1\r\nab\r\n'],
    ['a value shorter than it was said to be', 'VA 3 c1\r\na\r\nEN\r\n'],
  ])('refuses %s, in one piece and in many', (_, bytes) => {
    expect(() => parse([stream(bytes)])).toThrow(ProtocolFault)
    expect(() => parse([...bytes].map(stream))).toThrow(ProtocolFault)
  })
})

describe('the reader of a meta reply', () => {
  const read = (question: Question<unknown>, line: string, value?: string): unknown =>
    question.read({ line, value: value === undefined ? undefined : stream(value) }, '7')?.answer

  it('takes the replies of memcached 1.6.18', () => {
    expect(read(metaGet('a'), 'VA 3 c18446744073709551615 ka O7', 'abc')).toMatchObject({ cas: '18446744073709551615' })
    expect(read(metaGet('a'), 'EN ka O7')).toBeUndefined()
    const set = (over: 'nothing' | { cas: string }) => metaSet('a', new Uint8Array(), 0, over)
    expect(['HD ka O7', 'NS ka O7'].map((line) => read(set('nothing'), line))).toEqual(['stored', 'taken'])
    expect(['HD ka O7', 'EX ka O7', 'NF ka O7'].map((line) => read(set({ cas: '1' }), line))).toEqual(['stored', 'changed', 'absent'])
    expect(['HD ka O7', 'EX ka O7', 'NF ka O7'].map((line) => read(metaDelete('a', '1'), line))).toEqual(['deleted', 'changed', 'absent'])
  })

  it.each([
    ['another opaque', 'EN ka O8'],
    ['no opaque', 'EN ka'],
    ['two opaques', 'EN ka O7 O7'],
    ['another key', 'EN kb O7'],
    ['no key', 'EN O7'],
    ['a code of another verb', 'NS ka O7'],
    ['a hit without value', 'HD c1 ka O7'],
    ['nothing', ''],
    ['ERROR', 'ERROR'],
    ['CLIENT_ERROR', 'CLIENT_ERROR bad data chunk'],
    ['a number of CAS that is 0, as without CAS', 'VA 1 c0 ka O7', 'x'],
    ['no number of CAS', 'VA 1 ka O7', 'x'],
    ['a number of CAS that is none', 'VA 1 c1x ka O7', 'x'],
  ])('refuses %s', (_, line, value?: string) => {
    expect(() => read(metaGet('a'), line, value)).toThrow(ProtocolFault)
  })

  it('tells a refusal of the server from a fault, and repeats none of its words', () => {
    const question = metaSet('a', new Uint8Array(), 0, 'nothing')
    expect(() => read(question, 'SERVER_ERROR out of memory storing object')).toThrow(ServerRefusal)
    expect(() => read(question, 'SERVER_ERROR object too large for cache')).toThrow(/-I/)
    const fault = (() => {
      try {
        return read(question, 'SERVER_ERROR secret')
      } catch (thrown) {
        return String(thrown)
      }
    })()
    expect(fault).not.toContain('secret')
  })
})

describe('ten thousand damaged streams', () => {
  const seed = Number(process.env.SOJOURN_TEST_SEED ?? 20_261_121)
  const random = seededRandom(seed)
  const rows = [0, 1, 2, 3].map((place) =>
    sampleRow({ id: `ab${place}`, owner: place % 2 === 0 ? null : 'abowner', data: bytesOf(`row ${place}`.repeat(place * 9)) }),
  )
  const values = rows.map((row) => encodeRow(row.id, row, 5))
  const whole = Buffer.concat(
    rows.flatMap((row, place) => {
      const value = values[place] ?? Buffer.alloc(0)
      return [stream(`VA ${value.length} c${place + 1} k${row.id} O${place}\r\n`), value, stream('\r\n')]
    }),
  )

  /** One to four mishaps: a bit, a byte, a hole, a piece twice, noise, an end. */
  function damage(bytes: Buffer): Buffer {
    let out = Buffer.from(bytes)
    for (let mishaps = 1 + random.below(4); mishaps > 0; mishaps--) {
      const at = random.below(out.length)
      const to = Math.min(out.length, at + 1 + random.below(20))
      const [before, after] = [out.subarray(0, at), out.subarray(at)]
      const kind = random.below(6)
      if (kind === 0) out[at] = (out[at] ?? 0) ^ (1 << random.below(8))
      else if (kind === 1) out[at] = random.below(256)
      else if (kind === 2) out = Buffer.concat([before, out.subarray(to)])
      else if (kind === 3) out = Buffer.concat([before, out.subarray(at, to), after])
      else if (kind === 4) out = Buffer.concat([before, Buffer.from(Array.from({ length: 5 }, () => random.below(256))), after])
      else out = Buffer.from(before)
      if (out.length === 0) return out
    }
    return out
  }

  it('give a true row, or none, never another', () => {
    let [read, refused, unfinished] = [0, 0, 0]
    for (let round = 0; round < 10_000; round++) {
      const damaged = damage(whole)
      let next = 0
      const take = (reply: Reply): void => {
        const row = rows[next]
        if (row === undefined) throw new ProtocolFault('An answer without question.')
        const found: Item | undefined = metaGet(row.id).read(reply, `${next}`)?.answer
        next++
        expect(found, `round ${round}, seed ${seed}`).toBeDefined()
        if (found === undefined) return
        const { insertedAt, ...same } = decodeRow(row.id, row.id, found.value)
        expect(same, `round ${round}, seed ${seed}`).toEqual(row)
        expect(insertedAt).toBe(5)
        read++
      }
      const feed = replyParser(MAX_VALUE, take)
      try {
        for (let at = 0; at < damaged.length; ) {
          const end = Math.min(damaged.length, at + 1 + random.below(200))
          feed(damaged.subarray(at, end))
          at = end
        }
        if (next < rows.length) unfinished++
      } catch (fault) {
        if (!(fault instanceof ProtocolFault) && !String(fault).includes('damaged')) throw fault
        refused++
      }
    }
    // All three happen, or the damage is of one kind only.
    expect(Math.min(read, refused, unfinished)).toBeGreaterThan(500)
  })
})
