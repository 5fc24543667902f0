import { SessionError } from '../../errors.js'
import { BUCKETS } from './buckets.js'
import { plainCause, replyCode } from './faults.js'
import type { Keys } from './keys.js'
import type { RedisLogger } from './options.js'
import { textOf } from './reply.js'
import type { Wire } from './wire.js'

export interface ServerChecks {
  readonly wire: Wire
  readonly keys: Keys
  readonly timeout: number
  readonly replicas: number
  readonly logger: RedisLogger
  /** Whether the wire knows its way about in a cluster. */
  readonly isCluster: boolean
}

const OLDEST = [6, 2] as const

const refuse = (path: string, message: string): SessionError => new SessionError('CONFIG_INVALID', `${path}: ${message}`, { path })

/**
 * Asks each primary whether it can keep sessions as they have to be kept. Throws `CONFIG_INVALID` with the line that mends
 * it; where the server may not be asked, as with some managed services, it warns and goes on.
 */
export async function checkServers(checks: ServerChecks): Promise<void> {
  const primaries = new Map(BUCKETS.map((bucket) => [checks.wire.primary(checks.keys.expiry(bucket)), checks.keys.expiry(bucket)]))
  for (const [name, key] of primaries) {
    await checks.wire.send(['PING'], key, checks.timeout)
    const info = await readInfo(checks, key, name)
    if (info === undefined) continue
    checkVersion(info, name)
    checkMode(info, name, checks.isCluster)
    checkRole(info, name)
    checkMemory(info, name)
    checkReplicas(info, name, checks.replicas)
  }
}

type Info = ReadonlyMap<string, string>

async function readInfo({ wire, timeout, logger }: ServerChecks, key: string, name: string): Promise<Info | undefined> {
  try {
    const text = textOf((await wire.send(['INFO'], key, timeout)).reply)
    return new Map([...text.matchAll(/^([^#:\r\n]+):([^\r\n]*)/gm)].map(([, field = '', value = '']) => [field, value]))
  } catch (fault) {
    const code = replyCode(fault)
    if (code !== 'NOPERM' && code !== 'ERR') throw fault
    const message =
      'INFO is not allowed, so version, maxmemory-policy and replicas were not checked: the policy must be noeviction, or sessions vanish'
    logger.warn({ server: name, cause: plainCause(fault).message }, message)
    return undefined
  }
}

function checkVersion(info: Info, name: string): void {
  const version = info.get('redis_version') ?? ''
  const [major = Number.NaN, minor = Number.NaN] = version.split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw refuse('url', `${name} is Redis ${version}. Use Redis 6.2 or later, or Valkey.`)
  }
}

function checkMode(info: Info, name: string, isCluster: boolean): void {
  if (!isCluster && info.get('redis_mode') === 'cluster') {
    throw refuse(
      'url',
      `${name} belongs to a cluster. Use redisStore({ cluster: ['redis://…', …] }), or a client that is made for a cluster.`,
    )
  }
}

function checkRole(info: Info, name: string): void {
  if (info.get('role') === 'slave') {
    const primary = `${info.get('master_host') ?? '?'}:${info.get('master_port') ?? '?'}`
    throw refuse(
      'url',
      `${name} is a replica, which can only be read. Connect to its primary, ${primary}, or let sentinels find it: { sentinel: { name, nodes } }.`,
    )
  }
}

function checkMemory(info: Info, name: string): void {
  const policy = info.get('maxmemory_policy')
  if (policy === undefined || policy === 'noeviction') return
  throw refuse(
    'maxmemory-policy',
    `${name} throws keys away when its memory is full (${policy}), and with them sessions. Run there: CONFIG SET maxmemory-policy noeviction`,
  )
}

function checkReplicas(info: Info, name: string, replicas: number): void {
  const lines = [...info].filter(([field, value]) => /^slave\d+$/.test(field) && value.includes('state=online'))
  if (lines.length >= replicas) return
  const found = lines.length === 1 ? 'one replica is' : `${lines.length} replicas are`
  throw refuse(
    'replicas',
    `${replicas} must acknowledge each change that has to last, but ${found} connected to ${name}. Attach more (REPLICAOF), or lower replicas.`,
  )
}
