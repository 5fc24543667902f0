import { describe, expect, it } from 'vitest'
import { countParts, sameContext } from '../../src/engine/same-context.js'
import type { SessionContext } from '../../src/session.js'

const ipAddress = '203.0.113.7'
const userAgent = 'Mozilla/5.0'
const location = { city: 'Berlin', country: 'DE' }

/** No two of them say the same. */
const callers: readonly SessionContext[] = [
  {},
  { ipAddress },
  { userAgent },
  { ipAddress, userAgent },
  { ipAddress: '203.0.113.8', userAgent },
  { ipAddress, userAgent: 'Mozilla/5.1' },
  { ipAddress, deviceId: userAgent },
  { ipAddress, userAgent, deviceId: 'mine' },
  { ipAddress, userAgent, location },
  { ipAddress, userAgent, location: { ...location, city: 'Bonn' } },
]

describe('what a caller tells of itself', () => {
  it('is the same where every part is, and each part is told, in whatever order', () => {
    for (const [place, known] of callers.entries())
      for (const [other, given] of callers.entries()) {
        expect(sameContext(known, countParts(known), structuredClone(given))).toBe(place === other)
        expect(sameContext(known, countParts(known), Object.fromEntries(Object.entries(given).reverse()))).toBe(place === other)
      }
  })

  it('is not the same where it is no record of parts', () => {
    for (const given of ['', 7, [ipAddress, userAgent]])
      expect(sameContext({ ipAddress, userAgent }, 2, given as unknown as SessionContext)).toBe(false)
  })
})
