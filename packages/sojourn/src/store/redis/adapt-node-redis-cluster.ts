import type { Clock } from '../../clock.js'
import { SEND_OPTIONS } from './adapt-node-redis.js'
import { carriers } from './carriers.js'
import { hasNoKey } from './has-no-key.js'
import { slotOf } from './slot.js'
import type { Command, Wire } from './wire.js'
import { within } from './within.js'

interface ClusterNode {
  readonly address: string
}

/** What is used of a client that `createCluster` of `@redis/client` made. */
export interface NodeRedisCluster {
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, command: Command, options?: object): Promise<unknown>
  /** By number; what is not served has no entry. */
  readonly slots: readonly { readonly master: ClusterNode }[]
  // Its own type of node has far more fields, so a method that takes one is described loosely.
  nodeClient(node: never): unknown
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

interface NodeClient {
  sendCommand(command: Command, options?: object): Promise<unknown>
}

export function adaptNodeRedisCluster(cluster: NodeRedisCluster, clock: Clock): Wire {
  const { answer, forget } = carriers(cluster, ['node-ready', 'node-disconnect', 'node-reconnecting', 'disconnect'])
  const masterOf = (key: string): ClusterNode | undefined => cluster.slots[slotOf(key)]?.master
  const primary = (key: string): string => masterOf(key)?.address ?? ''

  /** The cluster client sends a command without key to any node, or to all. */
  const sendToMaster = async (command: Command, key: string): Promise<unknown> => {
    const master = masterOf(key)
    if (master === undefined) throw new Error('No primary serves this part of the cluster.')
    const client = (await cluster.nodeClient(master as never)) as NodeClient
    return client.sendCommand(command, SEND_OPTIONS)
  }
  // False: never a replica, which may be behind.
  const sendToKey = (command: Command, key: string): Promise<unknown> => cluster.sendCommand(key, false, command, SEND_OPTIONS)

  return {
    send: (command, key, wait) =>
      answer(() => primary(key), within(clock, wait, hasNoKey(command) ? sendToMaster(command, key) : sendToKey(command, key))),
    primary,
    primaries: () => [...new Set(cluster.slots.map((slot) => slot?.master.address))].filter((name) => name !== undefined),
    close: async () => forget(),
  }
}
