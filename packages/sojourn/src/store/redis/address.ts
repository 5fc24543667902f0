import { SessionError } from '../../errors.js'

/** Where a server listens and how one signs in there. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly username?: string
  readonly password?: string
  readonly database?: number
}

const refuse = (path: string, message: string): never => {
  throw new SessionError('CONFIG_INVALID', `${path}: ${message}`, { path })
}

/** Reads `redis://[user[:password]@]host[:port][/database]` or `rediss://…`. What it refuses it does not echo: it may hold a password. */
export function readUrl(path: string, url: unknown, defaultPort = 6379): Address {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') || parsed.hostname === '') {
    return refuse(path, 'it must be an address such as redis://user:password@host:6379/0, or rediss:// for TLS.')
  }
  const database = parsed.pathname.slice(1)
  if (database !== '' && !/^\d{1,5}$/.test(database))
    return refuse(path, 'the part behind the last slash must be the number of a database.')
  return {
    // An IPv6 address stands in brackets in an address of this kind, and without them everywhere else.
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? defaultPort : Number(parsed.port),
    tls: parsed.protocol === 'rediss:',
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(database === '' || database === '0' ? {} : { database: Number(database) }),
  }
}

/** Reads an address in full, or `host:port`. */
export function readNode(path: string, node: unknown, defaultPort: number): Address {
  return readUrl(path, typeof node === 'string' && !node.includes('://') ? `redis://${node}` : node, defaultPort)
}

/** The name of the server in the way in which Redis writes it. */
export const nameOf = ({ host, port }: Pick<Address, 'host' | 'port'>): string => `${host}:${port}`

/** Reads `host:port` as Redis writes it: without brackets, also for IPv6. */
export function readName(name: string): Pick<Address, 'host' | 'port'> {
  const colon = name.lastIndexOf(':')
  return { host: name.slice(0, colon), port: Number(name.slice(colon + 1)) }
}
