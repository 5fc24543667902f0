import { createSessionManager } from 'sojourn'
import { fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { openedRows } from '../../src/engine/opened-rows.js'
import type { StoredRecord } from '../../src/engine/record.js'
import type { Row } from '../../src/store/store.js'

const GENERATION = 8_192
const RECORD: StoredRecord = { kind: 'spent' }
const rowOf = (place: number): Row => ({
  id: `aa${place}`,
  owner: null,
  version: 1,
  createdAt: 0,
  expiresAt: 0,
  data: new Uint8Array(0),
})

describe('opened records', () => {
  it('are kept while they are asked for, and else until two generations of others were opened', () => {
    const opened = openedRows()
    const [asked, left] = [rowOf(-1), rowOf(-2)]
    opened.set(asked, RECORD)
    opened.set(left, RECORD)
    for (let place = 0; place < 4 * GENERATION; place++) {
      opened.set(rowOf(place), RECORD)
      if (place % 1_000 === 0) expect(opened.get(asked)).toBe(RECORD)
      if (place === GENERATION) expect(opened.get(rowOf(place))).toBeUndefined()
    }
    expect(opened.get(asked)).toBe(RECORD)
    expect(opened.get(left)).toBeUndefined()
  })

  it('are opened again where more sessions are in memory than stay open: each use is shown and counted', async () => {
    const clock = fakeClock()
    await using sessions = await createSessionManager({ clock })
    const caller = { ipAddress: '203.0.113.7', userAgent: 'Firefox/144.0' }
    const { token } = await sessions.createSession('alice', caller, { data: { cart: [1] } })
    expect((await sessions.validateSession(token, caller)).isValid).toBe(true)
    for (let count = 0; count <= 2 * GENERATION; count++) {
      const { token: other } = await sessions.createSession(`user-${count % 9_000}`, caller)
      await sessions.validateSession(other, caller)
    }
    const again = await sessions.validateSession(token, caller)
    expect(again.isValid && again.session.data).toEqual({ cart: [1] })
    expect((await sessions.getSessionAnalytics(token)).requestCount).toBe(2)
  })
})
