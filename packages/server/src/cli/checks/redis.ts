import { createClient } from '@redis/client'
import type { Clock } from 'sojourn'
import type { SentinelOptions } from 'sojourn/redis'
import type { RedisStorage } from '../../storage-settings.js'
import { plural } from '../plural.js'
import { shown } from '../text.js'
import { type Finding, fail, ok, warn } from './check.js'
import { checkStoreClock } from './store-clock.js'

/** How long a server may take that is asked once, by a person who waits. */
const TIMEOUT = 2_000

/** Asks one server something. */
type Ask = (...command: readonly string[]) => Promise<unknown>

/** What Redis says about itself: whether it would lose sessions, at a restart or when it is full. */
export async function checkRedis({ target, replicas = 0 }: RedisStorage, clock: Clock): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const url of await addressesOf(target)) {
    try {
      findings.push(...(await withServer(url, (ask) => checkServer(ask, new URL(url).host, replicas, clock))))
    } catch {
      // What a driver throws can hold the address with its password. Whether the store works was tried before.
      findings.push(
        fail('redis', `${new URL(url).host} does not say anything about itself`, 'See whether it runs and lets this user send INFO.'),
      )
    }
  }
  return findings
}

async function addressesOf(target: RedisStorage['target']): Promise<readonly string[]> {
  if ('url' in target) return [target.url]
  if ('cluster' in target) return target.cluster
  for (const node of target.sentinel.nodes) {
    const primary = await primaryNamedBy(node, target.sentinel)
    if (primary !== undefined) return [primary]
  }
  return []
}

async function primaryNamedBy(
  node: string,
  { name, username = '', password = '', tls = false }: SentinelOptions,
): Promise<string | undefined> {
  try {
    const [host, port] = textsIn(await withServer(node, (ask) => ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)))
    if (host === undefined || port === undefined) return undefined
    const login = username === '' && password === '' ? '' : `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`
    return `redis${tls ? 's' : ''}://${login}${host.includes(':') ? `[${host}]` : host}:${port}`
  } catch {
    // Another one may answer. If none does, the store could not be opened either, which has been told.
    return undefined
  }
}

async function withServer<T>(url: string, use: (ask: Ask) => Promise<T>): Promise<T> {
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    commandOptions: { timeout: TIMEOUT },
    socket: { connectTimeout: TIMEOUT, reconnectStrategy: false },
  })
  // Each fault also rejects what was asked.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await use((...command) => client.sendCommand([...command]))
  } finally {
    client.destroy()
  }
}

async function checkServer(ask: Ask, name: string, replicas: number, clock: Clock): Promise<Finding[]> {
  const info = infoIn(String(await ask('INFO')))
  const before = clock.now()
  const [seconds = '0', micros = '0'] = textsIn(await ask('TIME'))
  const online = [...info].filter(([field, value]) => /^slave\d+$/.test(field) && value.includes('state=online')).length
  const policy = info.get('maxmemory_policy') ?? 'unknown'
  const facts = [
    `Redis ${info.get('redis_version') ?? '?'}`,
    info.get('role') ?? 'unknown role',
    `maxmemory-policy ${policy}`,
    plural(online, 'replica'),
  ]
  const findings = [ok('redis', `${shown(name)}: ${facts.map(shown).join(', ')}`), await checkPersistence(ask, info, name, online)]
  if (policy !== 'noeviction' && policy !== 'unknown')
    findings.push(
      fail(
        'redis memory',
        `${shown(name)} throws sessions away when it is full (${shown(policy)})`,
        'Run there: CONFIG SET maxmemory-policy noeviction',
      ),
    )
  // A seed of a cluster may be a replica itself, of which nothing hangs.
  if (info.get('role') === 'master' && online < replicas)
    findings.push(
      warn(
        'redis replicas',
        `${plural(online, 'replica')} of ${replicas} that must acknowledge each change`,
        'Attach more (REPLICAOF): until then no end counts as durable.',
      ),
    )
  return [...findings, checkStoreClock(before, Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000))]
}

async function checkPersistence(ask: Ask, info: ReadonlyMap<string, string>, name: string, online: number): Promise<Finding> {
  const kinds = [...(info.get('aof_enabled') === '1' ? ['append-only file'] : []), ...((await savesSnapshots(ask)) ? ['snapshots'] : [])]
  if (kinds.length > 0) return ok('redis disk', `${shown(name)}: ${kinds.join(' and ')}`)
  if (online > 0 || info.get('role') === 'slave')
    return ok('redis disk', `${shown(name)} writes nothing to its disk; others have everything too`)
  return warn(
    'redis disk',
    `${shown(name)} writes nothing to its disk and has no replica: its restart logs everybody out`,
    'Run there: CONFIG SET appendonly yes, then CONFIG REWRITE. Or attach replicas.',
  )
}

/** Whether it writes snapshots by itself. Where that may not be asked, it is taken for granted rather than warned of in vain. */
async function savesSnapshots(ask: Ask): Promise<boolean> {
  try {
    const [, points = ''] = textsIn(await ask('CONFIG', 'GET', 'save'))
    return points !== ''
  } catch {
    return true
  }
}

function infoIn(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^([^#:\r\n]+):([^\r\n]*)/gm)].map(([, field = '', value = '']) => [field, value]))
}

function textsIn(reply: unknown): readonly string[] {
  return Array.isArray(reply) ? reply.map(String) : []
}
