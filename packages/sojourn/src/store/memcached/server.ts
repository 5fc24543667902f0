import type { Address } from './address.js'
import type { Connection } from './connection.js'
import { type Deadline, within } from './deadline.js'
import { connectionSlot, type SlotSettings } from './slot.js'

/** One memcached, over a few connections that are opened when they are needed. */
export interface Server {
  readonly address: Address
  /**
   * The connection with the least to do. Rejects at once while the server is known to be away: nothing is kept for later.
   * What is asked on it in one turn is done in that order.
   */
  connection(deadline: Deadline): Promise<Connection>
  close(): void
}

export interface ServerSettings extends SlotSettings {
  readonly connections: number
}

export function memcachedServer(address: Address, settings: ServerSettings): Server {
  const { clock, connections, maxPending } = settings
  const slots = Array.from({ length: connections }, () => connectionSlot(address, settings))
  let isClosed = false
  let waiting = 0

  const leastBusy = (): Connection | undefined => {
    let least: Connection | undefined
    for (const { connection } of slots) {
      if (connection?.isOpen && (least === undefined || connection.pending < least.pending)) least = connection
    }
    return least
  }
  const firstToOpen = async (deadline: Deadline): Promise<Connection> => {
    const openings = slots.flatMap(({ opening }) => opening ?? [])
    if (openings.length === 0) throw new Error(`memcached at ${address.name} is away.`)
    if (waiting >= maxPending) throw new Error(`Too many questions wait for a connection to memcached at ${address.name}.`)
    waiting++
    try {
      return await within(clock, deadline, Promise.any(openings))
    } catch (fault) {
      throw fault instanceof AggregateError ? fault.errors[0] : fault
    } finally {
      waiting--
    }
  }

  return {
    address,
    async connection(deadline) {
      if (isClosed) throw new Error('The Memcached store is closed.')
      for (const slot of slots) slot.open()
      return leastBusy() ?? (await firstToOpen(deadline))
    },
    close() {
      isClosed = true
      for (const slot of slots) slot.close()
    },
  }
}
