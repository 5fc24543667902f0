import type { Clock, Millis } from '../../clock.js'
import type { Ears, Listening } from '../../signal/signal.js'
import type { Address } from './address.js'
import type { DriverClient } from './driver.js'
import { asError, type LineMaker, makeClient } from './line.js'
import { within } from './within.js'

/** Opens a connection that does nothing but listen. It is not opened again when it is lost: what was said meanwhile is lost too. */
export function openEar(maker: LineMaker, address: Address, subject: string, ears: Ears): Promise<Listening> {
  return openEarWith(makeClient(maker, address), maker.clock, maker.timeout, subject, ears)
}

/** The same, with a client that is ready to connect and does not connect again by itself. */
export async function openEarWith(client: DriverClient, clock: Clock, timeout: Millis, subject: string, ears: Ears): Promise<Listening> {
  let isOver = false

  const end = (cause: unknown): void => {
    if (isOver) return
    isOver = true
    client.destroy()
    ears.lost(asError(cause))
  }
  client.on('error', end)
  client.on('terminated', end)
  client.on('end', () => end(new Error('The connection to Redis was closed.')))
  try {
    await within(clock, timeout, client.connect())
    await within(
      clock,
      timeout,
      client.subscribe(subject, (message) => {
        if (!isOver) ears.heard(message)
      }),
    )
  } catch (fault) {
    isOver = true
    client.destroy()
    throw fault
  }
  return {
    async close(): Promise<void> {
      isOver = true
      client.destroy()
    },
  }
}
