import type { Clock } from '../../clock.js'
import { SessionError } from '../../errors.js'
import { adaptIoredis, type IoredisClient } from './adapt-ioredis.js'
import { adaptIoredisCluster, type IoredisCluster } from './adapt-ioredis-cluster.js'
import { adaptNodeRedis, type NodeRedisClient } from './adapt-node-redis.js'
import { adaptNodeRedisCluster, type NodeRedisCluster } from './adapt-node-redis-cluster.js'
import type { OpenedWire } from './wire.js'

/** A ready client of `@redis/client` 6 (also as `redis`) or of `ioredis` 5 or 6, for one server or for a cluster. */
export type RedisClient = NodeRedisClient | NodeRedisCluster | IoredisClient | IoredisCluster

type Bag = Readonly<Record<string, unknown>>

const has = (client: Bag, ...methods: readonly string[]): boolean => methods.every((method) => typeof client[method] === 'function')

const isIoredis = (client: Bag): boolean => has(client, 'callBuffer', 'on', 'off') && typeof client['options'] === 'object'
const isIoredisCluster = (client: unknown): client is IoredisCluster => isIoredis(client as Bag) && (client as Bag)['isCluster'] === true
const isIoredisClient = (client: unknown): client is IoredisClient => isIoredis(client as Bag) && (client as Bag)['isCluster'] !== true
const isNodeRedisCluster = (client: unknown): client is NodeRedisCluster =>
  has(client as Bag, 'sendCommand', 'nodeClient', 'on', 'off') && Array.isArray((client as Bag)['slots'])
/** Pools and sentinel clients have a `sendCommand` too, but may send each command over another connection. */
const isNodeRedisClient = (client: unknown): client is NodeRedisClient =>
  has(client as Bag, 'sendCommand', 'multi', 'duplicate', 'on', 'off') &&
  typeof (client as Bag)['socketEpoch'] === 'number' &&
  !has(client as Bag, 'acquire')

/** Tells by its shape what kind of client it is. The caller owns it: it is never closed here. */
export function adapt(client: unknown, clock: Clock): OpenedWire {
  if (typeof client === 'object' && client !== null) {
    if (isIoredisCluster(client)) return { wire: adaptIoredisCluster(client, clock), isCluster: true }
    if (isIoredisClient(client)) return { wire: adaptIoredis(client, clock), isCluster: false }
    if (isNodeRedisCluster(client)) return { wire: adaptNodeRedisCluster(client, clock), isCluster: true }
    if (isNodeRedisClient(client)) return { wire: adaptNodeRedis(client, clock), isCluster: false }
  }
  const message =
    'client: it must be a client of @redis/client 6 or of ioredis 5 or 6, for one server or for a cluster. Pools and the sentinel client of @redis/client do not fit; use { sentinel: { name, nodes } }.'
  throw new SessionError('CONFIG_INVALID', message, { path: 'client' })
}
