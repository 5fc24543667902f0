import { SessionError } from '../../errors.js'
import { adapt } from './adapt.js'
import { readNode, readUrl } from './address.js'
import { clusterWire } from './cluster-wire.js'
import { loadDriver } from './driver.js'
import type { LineMaker } from './line.js'
import type { RedisStoreOptions, RedisStoreSettings, SentinelOptions } from './options.js'
import { sentinelWire } from './sentinel-wire.js'
import { singleWire } from './single-wire.js'
import type { OpenedWire } from './wire.js'

/** Connects in the way that the options name. */
export async function openWire(options: RedisStoreOptions, settings: Required<RedisStoreSettings>): Promise<OpenedWire> {
  if ('client' in options) return adapt(options.client, settings.clock)
  const make = async (): Promise<LineMaker> => {
    const { clock, timeout, maxPending } = settings
    return { driver: await loadDriver(), clock, timeout, maxPending }
  }
  if ('url' in options) {
    const address = readUrl('url', options.url)
    return { wire: await singleWire(await make(), address), isCluster: false }
  }
  if ('cluster' in options) {
    const seeds = listIn('cluster', options.cluster).map((url, place) => readNode(`cluster.${place}`, url, 6379))
    return { wire: await clusterWire(await make(), seeds), isCluster: true }
  }
  const addresses = readSentinels(options.sentinel)
  return { wire: await sentinelWire(await make(), addresses), isCluster: false }
}

function readSentinels({ name, nodes, username, password, database, tls }: SentinelOptions): Parameters<typeof sentinelWire>[1] {
  if (typeof name !== 'string' || name === '') {
    throw new SessionError('CONFIG_INVALID', 'sentinel.name: it must be what the sentinels call the primary.', { path: 'sentinel.name' })
  }
  const server = {
    tls: tls ?? false,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
  }
  const sentinels = listIn('sentinel.nodes', nodes).map((node, place) => readNode(`sentinel.nodes.${place}`, node, 26_379))
  return { name, sentinels, server }
}

function listIn(path: string, list: unknown): readonly unknown[] {
  if (Array.isArray(list) && list.length > 0) return list
  throw new SessionError('CONFIG_INVALID', `${path}: it must be a list of addresses, at least one.`, { path })
}
