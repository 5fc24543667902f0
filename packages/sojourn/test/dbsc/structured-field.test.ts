import { type InnerList, parseItem, parseList, serializeItem, Token } from 'structured-headers'
import { describe, expect, it } from 'vitest'
import { challengeField, readSfString, registrationField, sfString } from '../../src/dbsc/structured-field.js'

const TEXTS = ['', 'a', 'a b', 'a"b', 'a\\b', '\\"', '";x="', 'a,b;c=d', '~!@#$%^&*()']

describe('a string of a structured field', () => {
  it.each(TEXTS)('%j is written and read as the package structured-headers does [DBS-1]', (text) => {
    expect(sfString(text)).toBe(serializeItem([text, new Map()]))
    expect(parseItem(sfString(text))[0]).toBe(text)
    expect(readSfString(sfString(text))).toBe(text)
    expect(readSfString(`  ${sfString(text)};a=1;b="c" `)).toBe(text)
  })

  it('is read without quotation marks too, as some browsers send it [DBS-2]', () => {
    expect(readSfString('eyJ0.eyJq.c2ln')).toBe('eyJ0.eyJq.c2ln')
    expect(readSfString('abc;id="x"')).toBe('abc')
  })

  it.each([undefined, '', ' ', '"a', 'a"', '"a" "b"', '"a", "b"', 'a, b', '"a\\b"', '"ä"', 'a b', '"a\u0000"'])('%j is none', (text) => {
    expect(readSfString(text)).toBeUndefined()
  })

  it('cannot carry what no header can', () => {
    expect(() => sfString('ä')).toThrow(RangeError)
    expect(() => sfString('a\r\nb')).toThrow(RangeError)
  })
})

describe('the headers', () => {
  it('of a registration are a list of one inner list with parameters [DBS-1]', () => {
    const parts = { path: '/auth/dbsc/register', challenge: 'a"b', authorization: 'c\\d' }
    const [entry, ...rest] = parseList(registrationField(['ES256', 'RS256'], parts)) as InnerList[]
    expect(rest).toEqual([])
    expect(entry?.[0].map(([value]) => value)).toEqual([new Token('ES256'), new Token('RS256')])
    expect(Object.fromEntries(entry?.[1] ?? [])).toEqual(parts)
  })

  it('of a challenge name the session that it is for [DBS-6]', () => {
    const [value, parameters] = parseItem(challengeField('c', 'the id'))
    expect(value).toBe('c')
    expect(Object.fromEntries(parameters)).toEqual({ id: 'the id' })
  })
})
