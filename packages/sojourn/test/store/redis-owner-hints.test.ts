import { describe, expect, test } from 'vitest'
import { ownerHints } from '../../src/store/redis/owner-hints.js'

describe('the hints of who owns a row', () => {
  test('are those of the last eight thousand rows at least, and never of more than sixteen thousand', () => {
    const hints = ownerHints()
    const COUNT = 50_000
    for (let row = 0; row < COUNT; row++) hints.note(`row-${row}`, `owner-${row}`)
    const known = Array.from({ length: COUNT }, (_, row) => hints.of(`row-${row}`))
    expect(known.slice(-8_000)).toEqual(Array.from({ length: 8_000 }, (_, row) => `owner-${COUNT - 8_000 + row}`))
    expect(known.filter((owner) => owner !== undefined).length).toBeLessThanOrEqual(16_384)
  })

  test('say nothing of a row without an owner', () => {
    const hints = ownerHints()
    hints.note('row', null)
    expect(hints.of('row')).toBeUndefined()
  })
})
