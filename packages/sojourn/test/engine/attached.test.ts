import { describe, expect, it } from 'vitest'
import { attached } from '../../src/engine/attached.js'

describe('what is attached to an object', () => {
  const make = { 'an open one': () => ({ id: 'a' }), 'a frozen one': () => Object.freeze({ id: 'a' }) }

  it.each(Object.entries(make))('is found by that object alone, replaced and taken off: %s', (_kind, object) => {
    const known = attached<object, number>()
    const [one, other] = [object(), object()]
    expect(known.get(one)).toBeUndefined()
    known.set(one, 1)
    expect([known.get(one), known.get(other), known.get({ ...one })]).toEqual([1, undefined, undefined])
    known.set(one, 2)
    expect(known.get(one)).toBe(2)
    known.delete(other)
    known.delete(one)
    expect(known.get(one)).toBeUndefined()
    known.set(one, 3)
    expect(known.get(one)).toBe(3)
  })

  it.each(Object.entries(make))('is met by nobody who goes through its properties: %s', (_kind, object) => {
    const one = object()
    attached<object, string>().set(one, 'secret')
    expect(one).toEqual({ id: 'a' })
    expect(Reflect.ownKeys({ ...one })).toEqual(['id'])
    expect(JSON.stringify(one)).toBe('{"id":"a"}')
  })

  it('is known to the one who attached it, and not to another who knows something else of the same object', () => {
    const [mine, yours] = [attached<object, string>(), attached<object, string>()]
    const one = { id: 'a' }
    mine.set(one, 'mine')
    expect(yours.get(one)).toBeUndefined()
    yours.delete(one)
    expect(mine.get(one)).toBe('mine')
    yours.set(one, 'yours')
    expect([mine.get(one), yours.get(one)]).toEqual([undefined, 'yours'])
  })

  it('keeps no value alive once it was taken off', () => {
    const known = attached<object, object>()
    const one = { id: 'a' }
    const value = {}
    known.set(one, value)
    known.delete(one)
    const left = Object.getOwnPropertySymbols(one).map((name) => Reflect.get(one, name))
    expect(left).not.toContain(value)
  })
})
