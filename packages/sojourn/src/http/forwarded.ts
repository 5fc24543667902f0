import { BlockList, isIP } from 'node:net'
import { SessionError } from '../errors.js'
import { canonicalAddress } from '../input/address.js'
import type { IncomingRequest } from './incoming.js'

/** Who asks and what they asked for, as far as can be believed. */
export interface Caller {
  /** The client's address in its one spelling. */
  readonly address?: string
  readonly scheme: 'http' | 'https'
  readonly host?: string
}

/** Whose headers are believed, and which. */
export interface Proxies {
  trusts(address: string): boolean
  /** Whether any is listed. */
  readonly any: boolean
  readonly header: 'x-forwarded' | 'forwarded'
}

/** More hops than any installation has; what stands before them is not looked at. */
const MAX_HOPS = 32

function addRange(list: BlockList, range: string): void {
  const [text = '', bits, ...rest] = range.split('/')
  const family = isIP(text)
  const most = family === 6 ? 128 : 32
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
  if (family === 0 || rest.length > 0 || prefix < 0 || prefix > most) {
    throw new SessionError('CONFIG_INVALID', 'trustProxy: allowed are addresses and ranges, for example 10.0.0.0/8 or ::1.', {
      path: 'trustProxy',
    })
  }
  list.addSubnet(text, prefix, family === 6 ? 'ipv6' : 'ipv4')
}

/** Reads the list of trusted proxies. Throws `CONFIG_INVALID` for what is neither an address nor a range. */
export function proxiesOf(ranges: readonly string[], header: Proxies['header']): Proxies {
  const list = new BlockList()
  for (const range of ranges) addRange(list, range)
  return Object.freeze({
    header,
    any: ranges.length > 0,
    trusts: (address: string): boolean => ranges.length > 0 && list.check(address, address.includes(':') ? 'ipv6' : 'ipv4'),
  })
}

const parts = (header: string | undefined): readonly string[] =>
  header === undefined
    ? []
    : header
        .split(',')
        .slice(-MAX_HOPS)
        .map((part) => part.trim())

/** An address with the brackets and the port that RFC 7239 6 allows; undefined for `unknown` and names. */
function addressIn(text: string): string | undefined {
  const bare = text.replace(/^"(.*)"$/, '$1')
  const bracketed = /^\[([0-9A-Fa-f:.]+)\](?::\d+)?$/.exec(bare)?.[1]
  if (bracketed !== undefined) return canonicalAddress(bracketed)
  return canonicalAddress(/^([\d.]+):\d+$/.exec(bare)?.[1] ?? bare)
}

interface Hop {
  readonly address?: string | undefined
  readonly proto?: string | undefined
  readonly host?: string | undefined
}

/** The hops of the header that is believed, nearest last. */
function hopsOf(incoming: IncomingRequest, header: Proxies['header']): readonly Hop[] {
  if (header === 'x-forwarded') {
    const proto = parts(incoming.header('x-forwarded-proto')).at(-1)
    const host = parts(incoming.header('x-forwarded-host')).at(-1)
    const hops = parts(incoming.header('x-forwarded-for')).map((text): Hop => ({ address: addressIn(text) }))
    return [...hops.slice(0, -1), { ...hops.at(-1), proto, host }]
  }
  return parts(incoming.header('forwarded')).map((element): Hop => {
    const pairs = new Map(element.split(';').map((pair) => pairOf(pair)))
    return { address: addressIn(pairs.get('for') ?? ''), proto: pairs.get('proto'), host: pairs.get('host') }
  })
}

function pairOf(pair: string): [string, string] {
  const at = pair.indexOf('=')
  const value = pair.slice(at + 1).trim()
  return [pair.slice(0, at).trim().toLowerCase(), value.replace(/^"(.*)"$/, '$1')]
}

const HOST = /^(?:[0-9A-Za-z.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

function callerWith(address: string | undefined, scheme: Caller['scheme'], host: string | undefined): Caller {
  const caller: { -readonly [Part in keyof Caller]: Caller[Part] } = { scheme }
  if (address !== undefined) caller.address = address
  if (host !== undefined && HOST.test(host)) caller.host = host.toLowerCase()
  return caller
}

/**
 * Where a request comes from. What proxies write into headers is believed only of a proxy that was listed, since anybody can
 * send them (CVE-2026-20896, CVE-2026-40575); of the hops before it, as far as those were listed as well. `remoteAddress` is
 * the other end of the connection.
 */
export function callerOf(incoming: IncomingRequest, proxies: Proxies, remoteAddress: string | undefined = incoming.remoteAddress): Caller {
  let address = remoteAddress === undefined ? undefined : canonicalAddress(remoteAddress)
  let scheme: Caller['scheme'] = incoming.isEncrypted ? 'https' : 'http'
  let host = incoming.header('host')
  if (address !== undefined && proxies.trusts(address)) {
    const hops = hopsOf(incoming, proxies.header)
    const nearest = hops.at(-1)
    if (nearest?.proto === 'https' || nearest?.proto === 'http') scheme = nearest.proto
    if (nearest?.host !== undefined) host = nearest.host
    for (let index = hops.length - 1; index >= 0 && address !== undefined && proxies.trusts(address); index--) {
      const before: string | undefined = hops[index]?.address
      if (before === undefined) break
      address = before
    }
  }
  return callerWith(address, scheme, host)
}

/** The origin that a caller asked for; undefined if the request does not name one. */
export function originAsked({ scheme, host }: Caller): string | undefined {
  const text = `${scheme}://${host ?? ''}`
  return host !== undefined && URL.canParse(text) ? new URL(text).origin : undefined
}
