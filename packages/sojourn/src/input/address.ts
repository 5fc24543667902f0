/** No address is longer: eight groups of four, the last two written as IPv4 (RFC 4291 2.2). */
const LONGEST = 45
const DECIMAL = /^(?:0|[1-9][0-9]{0,2})$/
const GROUP = /^[0-9a-f]{1,4}$/
/** Eight groups of sixteen bits. */
const GROUPS = 8

/** Four octets of an IPv4 address, without the leading zeros that some readers take for octal (CVE-2021-29921). */
function readIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => DECIMAL.test(part))) return undefined
  const octets = parts.map(Number)
  return octets.every((octet) => octet <= 255) ? octets : undefined
}

/** The groups of one side of `::`. The last one may be an IPv4 address where `endsAddress`. */
function readGroups(text: string, endsAddress: boolean): readonly number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16))
      continue
    }
    const octets = endsAddress && index === parts.length - 1 ? readIpv4(part) : undefined
    if (octets === undefined) return undefined
    const [a = 0, b = 0, c = 0, d = 0] = octets
    groups.push(a * 256 + b, c * 256 + d)
  }
  return groups
}

/** All eight groups of an IPv6 address (RFC 4291 2.2), in lower case given. */
function readIpv6(text: string): readonly number[] | undefined {
  const gap = text.indexOf('::')
  if (gap < 0) {
    const groups = readGroups(text, true)
    return groups?.length === GROUPS ? groups : undefined
  }
  const before = readGroups(text.slice(0, gap), false)
  const after = readGroups(text.slice(gap + 2), true)
  if (before === undefined || after === undefined) return undefined
  // `::` stands for at least one group.
  const missing = GROUPS - before.length - after.length
  return missing < 1 ? undefined : [...before, ...new Array<number>(missing).fill(0), ...after]
}

/** The first of the longest runs of two or more zero groups (RFC 5952 4.2). */
function longestGap(groups: readonly number[]): { readonly from: number; readonly length: number } {
  let best = { from: 0, length: 0 }
  let run = 0
  for (const [index, group] of groups.entries()) {
    run = group === 0 ? run + 1 : 0
    if (run > best.length) best = { from: index + 1 - run, length: run }
  }
  return best.length < 2 ? { from: 0, length: 0 } : best
}

function writeIpv6(groups: readonly number[]): string {
  const words = groups.map((group) => group.toString(16))
  const { from, length } = longestGap(groups)
  return length === 0 ? words.join(':') : `${words.slice(0, from).join(':')}::${words.slice(from + length).join(':')}`
}

/** The IPv4 address in `::ffff:a.b.c.d` (RFC 4291 2.5.5.2): the same peer, as a socket for both families names it. */
function mappedIpv4(groups: readonly number[]): readonly number[] | undefined {
  const [high = 0, low = 0] = groups.slice(6)
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined
  return [high >> 8, high & 255, low >> 8, low & 255]
}

type Address = { readonly octets: readonly number[] } | { readonly groups: readonly number[] }

function readAddress(text: string): Address | undefined {
  if (text.length > LONGEST) return undefined
  if (!text.includes(':')) {
    const octets = readIpv4(text)
    return octets === undefined ? undefined : { octets }
  }
  const groups = readIpv6(text.toLowerCase())
  if (groups === undefined) return undefined
  const octets = mappedIpv4(groups)
  return octets === undefined ? { groups } : { octets }
}

/**
 * The one spelling of an IP address, or undefined if the text is none: IPv6 in lower case and compressed (RFC 5952), an
 * IPv4 address that was mapped into IPv6 as IPv4 (CVE-2026-45364). Zones, ports, brackets, prefixes, white space, octal and
 * shortened forms are no address. Never throws.
 */
export function canonicalAddress(text: string): string | undefined {
  const address = readAddress(text)
  if (address === undefined) return undefined
  return 'octets' in address ? address.octets.join('.') : writeIpv6(address.groups)
}

/** What one subscriber is given of IPv6, at the least (RFC 6177 2). */
const SUBSCRIBER_GROUPS = 4
/** What stays of an address that must not tell a person any more: /24 and /48. */
const TRUNCATED_OCTETS = 3
const TRUNCATED_GROUPS = 3

const keepFirst = (numbers: readonly number[], kept: number): readonly number[] =>
  numbers.map((number, index) => (index < kept ? number : 0))

/**
 * The block that one subscriber has all addresses of, as its first address and its length: `192.0.2.7/32`,
 * `2001:db8:1:2::/64`. Undefined if the text is no address. To be compared and counted in the place of an address, since
 * whoever has one IPv6 address usually has 2^64.
 */
export function addressBlock(text: string): string | undefined {
  const address = readAddress(text)
  if (address === undefined) return undefined
  return 'octets' in address ? `${address.octets.join('.')}/32` : `${writeIpv6(keepFirst(address.groups, SUBSCRIBER_GROUPS))}/64`
}

/**
 * The address with its last bits set to zero, /24 for IPv4 and /48 for IPv6: enough to say where somebody was, too little to
 * say who. Undefined if the text is no address.
 */
export function truncatedAddress(text: string): string | undefined {
  const address = readAddress(text)
  if (address === undefined) return undefined
  return 'octets' in address
    ? keepFirst(address.octets, TRUNCATED_OCTETS).join('.')
    : writeIpv6(keepFirst(address.groups, TRUNCATED_GROUPS))
}
