import type { Clock } from '../../clock.js'
import { SessionError } from '../../errors.js'
import { type IoredisClient, refuseResending } from './adapt-ioredis.js'
import { carriers } from './carriers.js'
import { hasNoKey } from './has-no-key.js'
import { slotOf } from './slot.js'
import type { Wire } from './wire.js'
import { within } from './within.js'

interface IoredisNode {
  callBuffer(command: string, args: (string | Buffer | number)[]): Promise<unknown>
  readonly options: { readonly host?: string | undefined; readonly port?: number | undefined }
}

/** What is used of a `Cluster` of `ioredis`. */
export interface IoredisCluster {
  callBuffer(command: string, args: (string | Buffer | number)[]): Promise<unknown>
  nodes(role: 'master'): readonly IoredisNode[]
  /** By number; the primary, as `host:port`, stands first. */
  readonly slots: readonly (readonly string[])[]
  readonly isCluster: boolean
  readonly options: {
    readonly retryDelayOnFailover?: number | undefined
    readonly clusterNodeRetryStrategy?: unknown
    readonly scaleReads?: unknown
    readonly redisOptions?: IoredisClient['options'] | undefined
  }
  on(event: string, listener: (node?: unknown) => void): unknown
  off(event: string, listener: (node?: unknown) => void): unknown
}

export function adaptIoredisCluster(cluster: IoredisCluster, clock: Clock): Wire {
  checkOptions(cluster.options)
  const connections = carriers(cluster, ['+node', '-node', 'node error', 'ready', 'close'])
  const nodeOf = (key: string): IoredisNode | undefined => {
    const name = cluster.slots[slotOf(key)]?.[0]
    return cluster.nodes('master').find(({ options: { host, port } }) => `${host}:${port}` === name)
  }
  const primary = (key: string): string => cluster.slots[slotOf(key)]?.[0] ?? ''

  return {
    send([name, ...args], key, wait) {
      const to = hasNoKey([name ?? '']) ? nodeOf(key) : cluster
      const reply =
        to === undefined ? Promise.reject(new Error('No primary serves this part of the cluster.')) : to.callBuffer(`${name}`, args)
      return connections.answer(() => primary(key), within(clock, wait, reply))
    },
    primary,
    primaries: () => [...new Set(cluster.slots.map((names) => names?.[0]))].filter((name) => name !== undefined),
    close: async () => connections.forget(),
  }
}

function checkOptions({ retryDelayOnFailover, clusterNodeRetryStrategy, scaleReads, redisOptions = {} }: IoredisCluster['options']): void {
  if (scaleReads !== 'master' && scaleReads !== undefined) {
    const message = "client: a replica may be behind, and a session that has ended would still be there. Make it with scaleReads: 'master'."
    throw new SessionError('CONFIG_INVALID', message, { path: 'client.options.scaleReads' })
  }
  if (retryDelayOnFailover !== 0) {
    const message =
      'client: when a connection is lost it would send writes again that may have been carried out. Make it with new Cluster(nodes, { retryDelayOnFailover: 0, … }).'
    throw new SessionError('CONFIG_INVALID', message, { path: 'client.options.retryDelayOnFailover' })
  }
  // Without a strategy of its own, a node's connection that is lost is dropped together with what waited for it.
  if (typeof clusterNodeRetryStrategy === 'function')
    refuseResending(redisOptions, '{ redisOptions: { autoResendUnfulfilledCommands: false } }')
}
