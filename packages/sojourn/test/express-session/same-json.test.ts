import { describe, expect, it } from 'vitest'
import { copyJson } from '../../src/express-session/copy-json.js'
import { isStill, textOf } from '../../src/express-session/snapshot.js'

const CHOICES: readonly unknown[] = [
  0,
  -0,
  1,
  1.5,
  '1',
  '',
  'a',
  true,
  false,
  null,
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  new Date(0),
  new Date(Number.NaN),
  () => 1,
  Symbol('s'),
  [],
  [1],
  [1, 2],
  [undefined],
  [[1]],
  {},
  { a: 1 },
  { b: 1 },
  { a: 1, b: 2 },
  { b: 2, a: 1 },
  { a: undefined },
  { a: { a: 1 } },
  { toJSON: () => 1 },
  { toJSON: 1 },
  new Map([[1, 2]]),
  Object.create(null),
  Object.assign(Object.create({ c: 1 }), { a: 1 }),
  Object('a'),
  Object(1),
  '1970-01-01T00:00:00.000Z',
  new (class Point {
    a = 1
  })(),
]

describe('what a session was', () => {
  it('is told from what it is exactly where its JSON differs, for every pair of values', () => {
    for (const before of CHOICES) {
      const data = JSON.parse(JSON.stringify({ cookie: 1, x: before, y: 2 })) as object
      for (const now of CHOICES) {
        const session = { cookie: {}, x: now, y: 2 }
        expect(isStill(session, { data, text: undefined }), `${textOf(data)} and ${textOf(session)}`).toBe(textOf(session) === textOf(data))
      }
    }
  })

  it('differs where keys are added, taken out or put in another order', () => {
    const data = { cookie: 1, a: 1, b: 2 }
    for (const session of [{ a: 1 }, { a: 1, b: 2, c: 3 }, { b: 2, a: 1 }, { cookie: 2, a: 1, b: 3 }, {}])
      expect(isStill(session, { data, text: undefined })).toBe(false)
    for (const session of [
      { a: 1, b: 2 },
      { a: 1, cookie: 3, b: 2 },
      { a: 1, b: 2, c: undefined },
    ])
      expect(isStill(session, { data, text: undefined })).toBe(true)
  })

  it('is handed out as a copy, in which a key called __proto__ is a key', () => {
    const data = JSON.parse('{"a":[1,{"b":null}],"__proto__":{"bad":1},"deep":'.concat('['.repeat(200), ']'.repeat(200), '}')) as Record<
      string,
      unknown
    >
    const copy = copyJson(data)
    expect(JSON.stringify(copy)).toBe(JSON.stringify(data))
    ;(copy['a'] as unknown[])[1] = 2
    ;(Object.getOwnPropertyDescriptor(copy, '__proto__')?.value as { bad: number }).bad = 2
    expect(JSON.stringify(data)).toContain('[1,{"b":null}],"__proto__":{"bad":1}')
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  })
})
