/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
  /** Both, in the one form that places the server on the ring. */
  readonly name: string
}

const DEFAULT_PORT = 11_211
const LAST_PORT = 65_535

const ADDRESS = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/

/** Reads `host`, `host:port` or `[IPv6]:port`; undefined for anything else. */
export function readAddress(text: unknown): Address | undefined {
  const match = typeof text === 'string' ? ADDRESS.exec(text) : null
  const host = (match?.[1] ?? match?.[2])?.toLowerCase()
  const port = Number(match?.[3] ?? DEFAULT_PORT)
  if (host === undefined || port < 1 || port > LAST_PORT) return undefined
  return { host, port, name: `${host}:${port}` }
}
