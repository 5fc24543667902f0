import { isSessionError, storeUnavailable } from '../errors.js'
import { asking, loadScripts } from './redis/asking.js'
import { BUCKETS, bucketOf } from './redis/buckets.js'
import { redisChannels } from './redis/channels.js'
import { checkServers } from './redis/check-servers.js'
import { asUnavailable } from './redis/faults.js'
import { forgetScript } from './redis/forget-script.js'
import { get } from './redis/get.js'
import { insert } from './redis/insert.js'
import { insertScript } from './redis/insert-script.js'
import { keysUnder } from './redis/keys.js'
import { list } from './redis/list.js'
import { openWire } from './redis/open-wire.js'
import { type RedisStoreOptions, type RedisStoreSettings, readSettings } from './redis/options.js'
import { ownerHints } from './redis/owner-hints.js'
import type { Parts } from './redis/parts.js'
import { callScript, registerScript } from './redis/register-script.js'
import { remove } from './redis/remove.js'
import { removeScript } from './redis/remove-script.js'
import { replace } from './redis/replace.js'
import { replaceScript } from './redis/replace-script.js'
import { settling } from './redis/settling.js'
import { time } from './redis/time.js'
import { walk } from './redis/walk.js'
import type { Wire } from './redis/wire.js'
import { written } from './redis/written.js'
import type { ReplicatedStore, ScannableStore, TimedStore } from './store.js'

export type { RedisClient } from './redis/adapt.js'
export type { RedisLogger, RedisStoreOptions, RedisStoreSettings, RedisTarget, SentinelOptions } from './redis/options.js'

/**
 * A store on Redis 6.2 or later, or Valkey: one server, a primary behind sentinels, or a cluster. Each verb is one atomic
 * step on the primary of one slot; replicas are never read. `settle` answers `durable` once `replicas` of them have it,
 * at once if none has to: what a single server may lose in a crash is then between it and its disk.
 *
 * Nothing is queued while a server is away and nothing is sent twice: a verb that gets no answer within `timeout` throws
 * `STORE_UNAVAILABLE`, and its connection is not used again (that of a client which was passed in stays its owner's).
 *
 * Throws `CONFIG_INVALID` for options that cannot be meant and for servers that would lose sessions: an evicting
 * `maxmemory-policy`, a replica, fewer replicas than `replicas`, a version before 6.2.
 */
export async function redisStore(options: RedisStoreOptions): Promise<ScannableStore & ReplicatedStore & TimedStore> {
  const settings = readSettings(options)
  try {
    const { wire, isCluster } = await openWire(options, settings)
    try {
      return await storeOn(wire, isCluster, settings)
    } catch (fault) {
      await wire.close()
      throw fault
    }
  } catch (fault) {
    throw isSessionError(fault) ? fault : asUnavailable(fault)
  }
}

async function storeOn(
  wire: Wire,
  isCluster: boolean,
  settings: Required<RedisStoreSettings>,
): Promise<ScannableStore & ReplicatedStore & TimedStore> {
  const { clock, timeout, prefix } = settings
  const keys = keysUnder(prefix)
  await checkServers({ ...settings, wire, keys, isCluster })
  const scripts = [insertScript, replaceScript, removeScript, forgetScript, registerScript, callScript]
  const digests = await loadScripts(wire, scripts, keys.expiry(BUCKETS[0] ?? ''), timeout)
  const parts: Parts = { asking: asking(wire, clock, digests), keys, hints: ownerHints(), written: written(clock) }
  const settle = settling({ ...settings, ...parts })
  let closing: Promise<void> | undefined

  const verb = async <T>(work: (until: number) => Promise<T>): Promise<T> => {
    if (closing !== undefined) throw storeUnavailable(new Error('The Redis store is closed.'))
    try {
      return await work(clock.monotonic() + timeout)
    } catch (fault) {
      throw asUnavailable(fault)
    }
  }

  const channels = redisChannels({ wire, isCluster, parts, clock, timeout, subject: keys.subject, settle, replicas: settings.replicas })
  return Object.freeze<ScannableStore & ReplicatedStore & TimedStore>({
    channels,
    insert: (row) => verb((until) => insert(parts, row, until)),
    get: (id) => verb((until) => get(parts, id, until)),
    replace: (row, message) => verb((until) => replace(parts, row, until, message)),
    remove: (id, version, message) => verb((until) => remove(parts, id, version, until, message)),
    list: (owner) => verb((until) => list(parts, owner, until)),
    scan: (range) => verb((until) => walk(parts, range, until)),
    now: () => verb((until) => time(parts, until)),
    settle: (id) => verb(async () => settle(bucketOf(id) ?? BUCKETS[0] ?? '')),
    close() {
      closing ??= wire.close()
      return closing
    },
  })
}
