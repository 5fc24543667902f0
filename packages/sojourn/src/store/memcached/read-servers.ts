import { SessionError } from '../../errors.js'
import { type Address, readAddress } from './address.js'

/** Reads the list of servers. Throws `CONFIG_INVALID` for what is none. */
export function readServers(servers: unknown): readonly Address[] {
  if (!Array.isArray(servers) || servers.length === 0) throw refuse('servers', 'it must be a list of at least one "host:port".')
  const addresses = servers.map((server: unknown, place) => {
    const address = readAddress(server)
    // Not echoed: a URL put here by mistake may have a password in it.
    if (address === undefined) throw refuse(`servers.${place}`, 'it must be "host", "host:port" or "[IPv6]:port".')
    return address
  })
  for (const [place, { name }] of addresses.entries()) {
    if (addresses.findIndex((other) => other.name === name) < place)
      throw refuse(`servers.${place}`, 'this server stands in the list already.')
  }
  return addresses
}

const refuse = (path: string, message: string): SessionError => new SessionError('CONFIG_INVALID', `${path}: ${message}`, { path })
