import { isSessionError } from 'sojourn'
import { fakeClock, seededRandom } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { openCoherence } from '../../src/coherence/coherence.js'
import { keyFrom } from '../../src/crypto/hash.js'
import { silentLogger } from '../../src/events/log.js'
import type { Channel, Ears } from '../../src/signal/signal.js'
import type { Row, Store } from '../../src/store/store.js'

/** A place that says back what it is told; one that is not durable never takes a beat for good. */
function placeOf(name: string, isDurable: boolean): Channel {
  const ears = new Set<Ears>()
  const say = async (message: string): Promise<void> => {
    for (const ear of ears) ear.heard(message)
  }
  return {
    name,
    async listen(ear) {
      ears.add(ear)
      return { close: async () => void ears.delete(ear) }
    },
    async register(_node, _life, message) {
      await say(message)
      return { isDurable, incarnation: name }
    },
    async call(message) {
      await say(message)
      return { members: [], servesFor: 100_000, registerAge: 100_000 }
    },
    send: say,
    leave: async () => undefined,
  }
}

const rowOf = (id: string): Row => ({ id, owner: null, version: 1, createdAt: 0, expiresAt: 1e15, data: new Uint8Array(8) })

describe('rows of several places', () => {
  it('are answered for by the lease at their own place, and by no other [TRM-3]', async () => {
    const clock = fakeClock()
    const chance = seededRandom(1)
    const [sound, isolated] = [placeOf('sound', true), placeOf('isolated', false)]
    const store: Store = {
      insert: async () => 1,
      get: async (id) => rowOf(id),
      replace: async () => true,
      remove: async () => undefined,
      list: async () => [],
      channels: { canListen: true, clock, of: (id) => (id.startsWith('a') ? sound : isolated), all: () => [sound, isolated] },
      close: async () => undefined,
    }
    const coherence = openCoherence({
      store,
      clock,
      random: { bytes: (length) => Uint8Array.from({ length }, () => chance.below(256)) },
      logger: silentLogger,
      key: keyFrom(new Uint8Array(32).fill(7)),
      name: 'one',
      lease: 2_000,
      maxRows: 100,
      maxBytes: 1e6,
      onLost: () => undefined,
      onStranger: () => undefined,
      onChanged: () => undefined,
      onLook: () => undefined,
      isSilent: () => false,
    })
    expect((await coherence.near.get('aa-row'))?.id).toBe('aa-row')
    const refused = coherence.near.get('bb-row').then(
      () => 'answered',
      (fault: unknown) => (isSessionError(fault) ? fault.code : String(fault)),
    )
    for (let waited = 0; waited < 2_000; waited += 20) await clock.advance(20)
    expect(await refused).toBe('STORE_UNAVAILABLE')
    expect(coherence.near.peek('aa-row')?.id).toBe('aa-row')
    const closing = coherence.close()
    await clock.advance(2_000)
    await closing
  })
})
