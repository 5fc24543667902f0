/** A value of the data section: what the databases of places and networks hold. */
export type MmdbValue =
  | string
  | { readonly double: number }
  | { readonly uint: number }
  | { readonly [key: string]: MmdbValue }
  | readonly MmdbValue[]

export interface MmdbNetwork {
  /** `203.0.113.0/24`, `2001:db8::/32` written out in full groups. */
  readonly prefix: string
  readonly value: MmdbValue
}

const TYPE = { string: 2, double: 3, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11 } as const

/** MaxMind DB file format 2.0: three bits of type and five of size; a type above 7 stands in a byte of its own. */
function head(type: number, size: number): Buffer {
  const short = Math.min(size, 29)
  const bytes = type > 7 ? [short, type - 7] : [(type << 5) | short]
  return Buffer.from(size < 29 ? bytes : [...bytes, size - 29])
}

function unsigned(value: number, type: number = TYPE.uint32): Buffer {
  const digits = value.toString(16)
  const bytes = value === 0 ? Buffer.alloc(0) : Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  return Buffer.concat([head(type, bytes.length), bytes])
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([head(TYPE.string, Buffer.byteLength(value)), Buffer.from(value)])
  if (Array.isArray(value)) return Buffer.concat([head(TYPE.array, value.length), ...value.map(encode)])
  if ('double' in value) {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(Number(value['double']))
    return Buffer.concat([head(TYPE.double, 8), bytes])
  }
  if ('uint' in value) return unsigned(Number(value['uint']))
  const entries = Object.entries(value)
  return Buffer.concat([head(TYPE.map, entries.length), ...entries.flatMap(([name, part]) => [encode(name), encode(part)])])
}

/** The bits of a prefix in the tree of IPv6, in which IPv4 stands under ::/96. */
function bitsOf(prefix: string): string {
  const [address = '', length = '0'] = prefix.split('/')
  if (!address.includes(':')) {
    const bits = address.split('.').map((octet) => Number(octet).toString(2).padStart(8, '0'))
    return '0'.repeat(96) + bits.join('').slice(0, Number(length))
  }
  const [left = '', right = ''] = address.split('::')
  const groups = (side: string): string[] => (side === '' ? [] : side.split(':'))
  const missing = 8 - groups(left).length - groups(right).length
  const all = [...groups(left), ...Array.from({ length: missing }, () => '0'), ...groups(right)]
  return all
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('')
    .slice(0, Number(length))
}

type Side = number | { readonly at: number } | undefined

/** A database in the MaxMind format with records of 24 bits, as small as its networks. */
export function writeMmdb(databaseType: string, networks: readonly MmdbNetwork[]): Buffer {
  const nodes: Array<[Side, Side]> = [[undefined, undefined]]
  const data: Buffer[] = []
  let size = 0
  for (const { prefix, value } of networks) {
    const bits = [...bitsOf(prefix)].map(Number)
    let node = 0
    for (const [depth, bit] of bits.entries()) {
      if (depth === bits.length - 1) {
        nodes[node]![bit] = { at: size }
        continue
      }
      const next = nodes[node]![bit]
      if (typeof next === 'number') node = next
      else {
        nodes.push([undefined, undefined])
        nodes[node]![bit] = nodes.length - 1
        node = nodes.length - 1
      }
    }
    const bytes = encode(value)
    data.push(bytes)
    size += bytes.length
  }
  const recordOf = (side: Side): number =>
    side === undefined ? nodes.length : typeof side === 'number' ? side : nodes.length + 16 + side.at
  const tree = Buffer.alloc(nodes.length * 6)
  for (const [index, [left, right]] of nodes.entries()) {
    tree.writeUIntBE(recordOf(left), index * 6, 3)
    tree.writeUIntBE(recordOf(right), index * 6 + 3, 3)
  }
  const metadata: ReadonlyArray<readonly [string, Buffer]> = [
    ['binary_format_major_version', unsigned(2, TYPE.uint16)],
    ['binary_format_minor_version', unsigned(0, TYPE.uint16)],
    ['build_epoch', unsigned(1_800_000_000, TYPE.uint64)],
    ['database_type', encode(databaseType)],
    ['description', encode({ en: 'Written by a test' })],
    ['ip_version', unsigned(6, TYPE.uint16)],
    ['languages', encode(['en'])],
    ['node_count', unsigned(nodes.length)],
    ['record_size', unsigned(24, TYPE.uint16)],
  ]
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    ...data,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    head(TYPE.map, metadata.length),
    ...metadata.flatMap(([name, bytes]) => [encode(name), bytes]),
  ])
}
