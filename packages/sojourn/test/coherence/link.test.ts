import { fakeClock, seededRandom } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { link } from '../../src/coherence/link.js'
import { messageCodec } from '../../src/coherence/message.js'
import { keyFrom } from '../../src/crypto/hash.js'
import { silentLogger } from '../../src/events/log.js'
import type { Channel, Listening } from '../../src/signal/signal.js'

const LIFE = 2_000

describe('a link', () => {
  it('closes an ear that opens after its beat was given up, and keeps the one that came first', async () => {
    const clock = fakeClock()
    const chance = seededRandom(1)
    const closed: number[] = []
    const open: Array<() => void> = []
    const channel: Channel = {
      name: 'slow',
      listen: () =>
        new Promise<Listening>((resolve) => {
          const number = open.length
          open.push(() => resolve({ close: async () => void closed.push(number) }))
        }),
      register: () => new Promise(() => undefined),
      call: () => new Promise(() => undefined),
      send: async () => undefined,
      leave: async () => undefined,
    }
    const { listen } = channel
    const mine = link({
      channel,
      listen: listen!,
      clock,
      random: { bytes: (length) => Uint8Array.from({ length }, () => chance.below(256)) },
      logger: silentLogger,
      codec: messageCodec(keyFrom(new Uint8Array(32).fill(7))),
      node: 'node-1',
      name: 'one',
      life: LIFE,
      heard: () => undefined,
      lost: () => undefined,
      strange: () => undefined,
    })
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    await turns()
    await clock.advance(LIFE / 2)
    await turns()
    await clock.advance(LIFE / 4)
    await turns()
    expect(open).toHaveLength(2)
    open[1]!()
    await turns()
    open[0]!()
    await turns()
    expect(closed).toEqual([0])
    void mine
  })
})
