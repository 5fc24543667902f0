import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressBlock, canonicalAddress, truncatedAddress } from '../../src/input/address.js'

/** What is neither IPv4 nor IPv6, or reads differently in different programs. */
const NO_ADDRESS: readonly string[] = [
  '',
  ' ',
  '1',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.',
  '.1.2.3.4',
  '1..2.3',
  '256.0.0.1',
  '1.2.3.999',
  '01.2.3.4',
  '1.2.3.04',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '2130706433',
  '127.1',
  '1.2.3.4 ',
  ' 1.2.3.4',
  '1.2.3.4\n',
  '1.2.3.4:80',
  '1.2.3.4/24',
  '-1.2.3.4',
  '+1.2.3.4',
  '1e1.2.3.4',
  '１.2.3.4',
  '٣.2.3.4',
  'localhost',
  'unknown',
  ':',
  ':::',
  '::1::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '::1:2:3:4:5:6:7:8',
  ':1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:',
  '12345::',
  'g::',
  '[::1]',
  '[::1]:80',
  '::1/64',
  'fe80::1%eth0',
  'fe80::1%25eth0',
  '::ffff:1.2.3',
  '::ffff:1.2.3.256',
  '::ffff:01.2.3.4',
  '::1.2.3.4:1',
  '1.2.3.4::',
  '1:2:3:4:5:6:7:1.2.3.4',
  '::ffff:1.2.3.4%eth0',
  '1'.repeat(46),
  `${'0'.repeat(50)}::1`,
]

describe('canonicalAddress', () => {
  test('has one spelling for eight of the same address [RSK-2 ATK-107]', () => {
    const ipv6 = [
      '2001:db8::8:800:200c:417a',
      '2001:DB8::8:800:200C:417A',
      '2001:0db8:0000:0000:0008:0800:200c:417a',
      '2001:db8:0:0:8:800:200c:417a',
      '2001:db8:0::8:800:200c:417a',
      '2001:db8::0:8:800:200c:417a',
      '2001:0DB8::0008:0800:200C:417A',
      '2001:db8::8:800:32.12.65.122',
    ]
    expect(new Set(ipv6.map(canonicalAddress))).toEqual(new Set(['2001:db8::8:800:200c:417a']))
    const ipv4 = [
      '192.0.2.33',
      '::ffff:192.0.2.33',
      '::FFFF:192.0.2.33',
      '::ffff:c000:221',
      '::ffff:C000:0221',
      '0:0:0:0:0:ffff:c000:221',
      '0000:0000:0000:0000:0000:ffff:192.0.2.33',
      '0::0:ffff:192.0.2.33',
    ]
    expect(new Set(ipv4.map(canonicalAddress))).toEqual(new Set(['192.0.2.33']))
  })

  test.each([
    ['::', '::'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1::', '1::'],
    ['1:0:0:0:0:0:0:0', '1::'],
    // RFC 5952 4.2.2: one group of zeros is not shortened.
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    // RFC 5952 4.2.3: the longest run, and of two equal ones the first.
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:1:0:0:1:0:0', '::1:0:0:1:0:0'],
    ['1:0:0:1:0:0:0:0', '1:0:0:1::'],
    // Compatible, translated and NAT64 addresses are addresses of their own.
    ['::1.2.3.4', '::102:304'],
    ['::ffff:0:1.2.3.4', '::ffff:0:102:304'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::ffff:0.0.0.0', '0.0.0.0'],
  ])('writes %s as %s [RSK-2]', (text, expected) => {
    expect(canonicalAddress(text)).toBe(expected)
  })

  test.each(NO_ADDRESS)('takes %j for no address [RSK-2]', (text) => {
    expect(canonicalAddress(text)).toBeUndefined()
    expect(addressBlock(text)).toBeUndefined()
    expect(truncatedAddress(text)).toBeUndefined()
  })

  test('agrees with Node and with the URL standard about every IPv6 address, and leaves its own spelling as it is', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(groups, fc.boolean(), fc.boolean(), (numbers, pads, shouts) => {
        const plain = numbers.map((number) => number.toString(16).padStart(pads ? 4 : 1, '0')).join(':')
        const text = shouts ? plain.toUpperCase() : plain
        const canonical = canonicalAddress(text)
        const standard = new URL(`http://[${text}]`).hostname.slice(1, -1)
        const isMapped = standard.startsWith('::ffff:') && numbers.slice(0, 5).every((number) => number === 0)
        if (!isMapped) expect(canonical).toBe(standard)
        expect(canonicalAddress(canonical!)).toBe(canonical)
      }),
      { seed: 20_261_121, numRuns: 3_000 },
    )
  })

  test('never throws, whatever it is given, and takes nothing for an address that Node does not', () => {
    const bits = fc.constantFrom('::', ':', '.', 'ffff', '0', '1', '255', '256', '%', '[', ']', '/', 'g', 'F', '00', ' ', '\0', 'é')
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(bits, { maxLength: 20 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (given) => {
        const canonical = canonicalAddress(given)
        expect(canonical === undefined).toBe(isIP(given) === 0 || given.includes('%'))
        if (canonical === undefined) return
        expect(addressBlock(given)).toBe(addressBlock(canonical))
        expect(truncatedAddress(given)).toBe(truncatedAddress(canonical))
      }),
      { seed: 20_261_122, numRuns: 20_000 },
    )
  })
})

describe('addressBlock', () => {
  test('puts 65,536 addresses of one /64 into one block, and those of another into another [RSK-2 ATK-107]', () => {
    const blocks = new Set<string | undefined>()
    for (let host = 0; host < 65_536; host++)
      blocks.add(addressBlock(`2001:DB8:7:9:${host.toString(16)}:${(host ^ 0xa5a5).toString(16)}::1`))
    expect(blocks).toEqual(new Set(['2001:db8:7:9::/64']))
    expect(addressBlock('2001:db8:7:a::1')).toBe('2001:db8:7:a::/64')
  })

  test.each([
    ['192.0.2.7', '192.0.2.7/32'],
    ['::ffff:192.0.2.7', '192.0.2.7/32'],
    ['::1', '::/64'],
    ['FE80:0::1', 'fe80::/64'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
  ])('of %s is %s [RSK-2]', (text, expected) => {
    expect(addressBlock(text)).toBe(expected)
  })
})

describe('truncatedAddress', () => {
  test.each([
    ['192.0.2.7', '192.0.2.0'],
    ['::ffff:192.0.2.7', '192.0.2.0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['::1', '::'],
  ])('of %s is %s [PRV-1]', (text, expected) => {
    expect(truncatedAddress(text)).toBe(expected)
  })
})
