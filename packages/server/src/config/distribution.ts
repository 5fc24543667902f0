import { describeStorage } from '../describe-storage.js'
import type { StorageSettings } from '../storage-settings.js'
import { type Given, problemAt } from './given.js'
import type { ConfigProblem } from './problem.js'

/** What several hosts come to with a store: how many replicas must acknowledge, and what the store cannot give. */
export interface Distribution {
  readonly replicas: number
  readonly problems: readonly ConfigProblem[]
}

const AT = 'session_manager.distributed_management'

const ONE_HOST = 'memory and sqlite keep sessions on one host; take redis, postgres or memcached as session_storage, or write false.'

/** Nothing here is taken and passed over: what the store cannot give is refused with the reason. */
export function distributionOf(given: Given, storage: StorageSettings): Distribution {
  const copies = Number(given.get(`${AT}.replication_factor`)?.value ?? 1)
  const reasons = {
    cluster_mode: clusterReason(given.get(`${AT}.cluster_mode`)?.value, storage),
    replication_factor: copiesReason(copies, storage),
    consistency_level: consistencyReason(given.get(`${AT}.consistency_level`)?.value, copies, storage),
    failover_enabled: failoverReason(given.get(`${AT}.failover_enabled`)?.value, storage),
  }
  const problems = Object.entries(reasons).flatMap(([name, reason]) => {
    const entry = given.get(`${AT}.${name}`)
    return entry === undefined || reason === undefined ? [] : [problemAt(entry, reason)]
  })
  return { replicas: replicates(storage) ? copies - 1 : 0, problems }
}

/** Whether the store can wait until several copies hold a change. */
function replicates({ type }: StorageSettings): boolean {
  return type === 'redis' || type === 'postgres'
}

const isLocal = ({ type }: StorageSettings): boolean => type === 'memory' || type === 'sqlite'

function clusterReason(isOn: unknown, storage: StorageSettings): string | undefined {
  return isOn === true && isLocal(storage) ? ONE_HOST : undefined
}

function copiesReason(copies: number, storage: StorageSettings): string | undefined {
  if (copies === 1 || replicates(storage)) return undefined
  return `${storage.type} keeps one copy of each session; take redis or postgres as session_storage, or write 1.`
}

function consistencyReason(level: unknown, copies: number, storage: StorageSettings): string | undefined {
  if (level === 'eventual')
    return 'an end holds for everybody as soon as it was answered, since only primaries are read; write "strong" or leave it out.'
  if (level !== 'strong' || isLocal(storage)) return undefined
  if (storage.type === 'memcached')
    return 'memcached keeps one copy, in memory, and forgets it at a restart; take redis or postgres, or leave it out.'
  return copies > 1
    ? undefined
    : 'a change that only the primary has is lost when another takes over; set replication_factor to 2 or more, or leave it out.'
}

function failoverReason(isOn: unknown, storage: StorageSettings): string | undefined {
  if (isOn !== true) return undefined
  const { type, mode } = describeStorage(storage)
  if (mode === 'sentinel' || mode === 'cluster' || mode === 'failover') return undefined
  if (type === 'redis')
    return 'nobody takes over from a single server; give the sentinels (redis+sentinel://HOST:PORT,HOST:PORT/NAME) or a cluster (redis+cluster://HOST:PORT,HOST:PORT).'
  if (type === 'postgres')
    return 'nobody takes over from a single host; give all of them, as postgres://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE.'
  if (type === 'memcached') return 'no other server has the sessions of one that is away; take redis or postgres, or write false.'
  return ONE_HOST
}
