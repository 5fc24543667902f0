import type { Millis } from '../../clock.js'
import { type Address, nameOf } from './address.js'
import { openEar } from './ear.js'
import { type LineMaker, openLine } from './line.js'
import { link } from './link.js'
import type { StandingLineOptions } from './standing-line.js'
import type { Wire } from './wire.js'

/** The way to one server. */
export function singleWire(maker: LineMaker, address: Address): Promise<Wire> {
  return wireOf(
    maker,
    (onEnd) => openLine(maker, address, onEnd),
    nameOf(address),
    (_primary, subject, ears) => openEar(maker, address, subject, ears),
  )
}

/** A wire over one link, opened. */
export async function wireOf(
  { clock, timeout }: LineMaker,
  open: StandingLineOptions['open'],
  name: string,
  listen: NonNullable<Wire['listen']>,
): Promise<Wire> {
  const only = link({ open, clock })
  try {
    await only.connect()
  } catch (fault) {
    await only.close(0)
    throw fault
  }
  return {
    send: (command, _key, wait: Millis) => only.send(command, wait),
    primary: () => name,
    primaries: () => [name],
    listen,
    close: () => only.close(timeout),
  }
}
