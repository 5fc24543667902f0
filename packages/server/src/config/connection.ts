import type { MemcachedStorage, PostgresStorage, RedisStorage, SqliteStorage } from '../storage-settings.js'

/** What a connection string says. */
export type Connection =
  | Pick<RedisStorage, 'type' | 'target'>
  | Pick<PostgresStorage, 'type' | 'urls'>
  | Pick<MemcachedStorage, 'type' | 'servers'>
  | Required<Pick<SqliteStorage, 'type' | 'path'>>

/** Longer ones are a file put here by mistake. */
const MOST_CHARACTERS = 4_096
const MOST_HOSTS = 64

/** `scheme://user:password@host:port,host:port/rest`: what comes before the hosts, the hosts, and what comes after them. */
const PARTS = /^([a-z+]+):\/\/([^@/?#\s]*@)?([^/?#@\s]+)((?:\/[^?#\s]*)?(?:\?[^#\s]*)?)$/

/** Host name, IPv4 or IPv6 in brackets, and a port. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z](?:[0-9A-Za-z._-]*[0-9A-Za-z])?)(?::(\d{1,5}))?$/

interface Parts {
  readonly scheme: string
  /** With the `@`; empty if there is none. */
  readonly login: string
  readonly hosts: readonly string[]
  readonly rest: string
}

/** The ways to write an address, for messages. */
export const CONNECTION_FORMS =
  'sqlite:FILE, redis://HOST:PORT, redis+sentinel://HOST:PORT,HOST:PORT/NAME, redis+cluster://HOST:PORT,HOST:PORT (rediss… for TLS), postgres://USER:PASSWORD@HOST:PORT/DATABASE or memcached://HOST:PORT,HOST:PORT'

/** Reads a connection string; undefined for what is none. */
export function readConnection(text: unknown): Connection | undefined {
  if (typeof text !== 'string' || text.length > MOST_CHARACTERS) return undefined
  if (text.startsWith('sqlite:')) return readFile(text)
  const parts = partsOf(text)
  switch (parts?.scheme) {
    case 'redis':
    case 'rediss':
      return parts.hosts.length === 1 ? readRedis(text, parts) : undefined
    case 'redis+cluster':
    case 'rediss+cluster':
      return readCluster(parts)
    case 'redis+sentinel':
    case 'rediss+sentinel':
      return readSentinels(parts)
    case 'postgres':
    case 'postgresql':
      return readPostgres(parts)
    case 'memcached':
      return parts.login === '' && /^\/?$/.test(parts.rest) ? { type: 'memcached', servers: parts.hosts } : undefined
    default:
      return undefined
  }
}

/** `sqlite:./file`, `sqlite:/file` or `sqlite:///file`. One in memory would be a file for the eyes only. */
function readFile(text: string): Connection | undefined {
  const path = /^sqlite:(?!\/\/|:memory:$)([^\0]+)$/.exec(text)?.[1] ?? /^sqlite:\/\/(\/[^\0]+)$/.exec(text)?.[1]
  return path === undefined ? undefined : { type: 'sqlite', path }
}

function partsOf(text: string): Parts | undefined {
  const [, scheme, login = '', list, rest = ''] = PARTS.exec(text) ?? []
  const hosts = list?.split(',') ?? []
  if (scheme === undefined || hosts.length > MOST_HOSTS || new Set(hosts).size < hosts.length) return undefined
  return hosts.every(isHost) ? { scheme, login, hosts, rest } : undefined
}

function isHost(host: string): boolean {
  const match = HOST.exec(host)
  return match !== null && (match[1] === undefined || (Number(match[1]) >= 1 && Number(match[1]) <= 65_535))
}

/** A user and a password that stand percent-encoded in an address. */
function credentialsIn(login: string): { readonly username?: string; readonly password?: string } | undefined {
  try {
    const { username, password } = new URL(`redis://${login}host`)
    return {
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    }
  } catch {
    // Not percent-encoded as it must be. What it is must not be repeated.
    return undefined
  }
}

function readRedis(url: string, { login, rest }: Parts): Connection | undefined {
  return /^(?:\/\d{0,5})?$/.test(rest) && credentialsIn(login) !== undefined ? { type: 'redis', target: { url } } : undefined
}

function readCluster({ scheme, login, hosts, rest }: Parts): Connection | undefined {
  if (!/^\/?$/.test(rest) || credentialsIn(login) === undefined) return undefined
  const plain = scheme.replace('+cluster', '')
  return { type: 'redis', target: { cluster: hosts.map((host) => `${plain}://${login}${host}`) } }
}

/** The user and the password are those of the servers; sentinels that ask for some have them in `?sentinel_password=`. */
function readSentinels({ scheme, login, hosts, rest }: Parts): Connection | undefined {
  const [, name, database, query = ''] = /^\/([0-9A-Za-z._-]{1,255})(?:\/(\d{1,5}))?(?:\?(.*))?$/.exec(rest) ?? []
  const credentials = credentialsIn(login)
  const options = new URLSearchParams(query)
  const known = [...options.keys()].every((key) => key === 'sentinel_username' || key === 'sentinel_password')
  if (name === undefined || credentials === undefined || !known) return undefined
  const tls = scheme === 'rediss+sentinel'
  const user = encodeURIComponent(options.get('sentinel_username') ?? '')
  const password = encodeURIComponent(options.get('sentinel_password') ?? '')
  const own = user === '' && password === '' ? '' : `${user}:${password}@`
  const nodes = hosts.map((host) => `redis${tls ? 's' : ''}://${own}${/:\d+$/.test(host) ? host : `${host}:26379`}`)
  const db = database === undefined || database === '0' ? {} : { database: Number(database) }
  return { type: 'redis', target: { sentinel: { name, nodes, ...credentials, ...db, ...(tls ? { tls } : {}) } } }
}

/** Of several hosts, all have the same user, database and options, as libpq has it. */
function readPostgres({ scheme, login, hosts, rest }: Parts): Connection | undefined {
  const urls = hosts.map((host) => `${scheme}://${login}${host}${rest}`)
  return urls.every((url) => URL.canParse(url)) && credentialsIn(login) !== undefined ? { type: 'postgres', urls } : undefined
}
