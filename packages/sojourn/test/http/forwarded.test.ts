import { callerOf, type IncomingRequest, originAsked, proxiesOf } from 'sojourn/http'
import { describe, expect, it } from 'vitest'

type Headers = Readonly<Record<string, string>>

const request = (remoteAddress: string, headers: Headers): IncomingRequest => ({
  method: 'GET',
  url: '/',
  header: (name) => ({ host: 'app.example.com', ...headers })[name],
  remoteAddress,
  isEncrypted: false,
  isHeadOpen: () => true,
})

const FORGED: Headers = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil.example',
  forwarded: 'for=203.0.113.9;proto=https;host=evil.example',
  'x-real-ip': '203.0.113.9',
  'cf-connecting-ip': '203.0.113.9',
}

describe('where a request comes from', () => {
  it.each([[[]], [['10.0.0.0/8']], [['198.51.100.8']], [['::ffff:0:0/120']]])(
    'believes no header of a peer that is not in %j [CKE-13 ATK-108]',
    (ranges) => {
      const caller = callerOf(request('198.51.100.7', FORGED), proxiesOf(ranges, 'x-forwarded'))
      expect(caller).toEqual({ address: '198.51.100.7', scheme: 'http', host: 'app.example.com' })
    },
  )

  it.each([
    ['10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['10.0.0.1', '6.6.6.6, 203.0.113.9', '203.0.113.9'],
    ['10.0.0.1', '6.6.6.6, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
    ['10.0.0.1', '[2001:DB8:0::9]:443', '2001:db8::9'],
    ['10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['fd00::1', '203.0.113.9', '203.0.113.9'],
    ['10.0.0.1', 'unknown', '10.0.0.1'],
    ['10.0.0.1', '203.0.113.9, nonsense', '10.0.0.1'],
    ['10.0.0.1', '203.0.113.9, nonsense, 10.0.0.2', '10.0.0.2'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', ',,,', '10.0.0.1'],
    ['10.0.0.1', '203.0.113.9%25eth0', '10.0.0.1'],
  ])('through %s with X-Forwarded-For "%s" it is %s [CKE-13]', (peer, header, address) => {
    const proxies = proxiesOf(['10.0.0.0/8', 'fd00::/8'], 'x-forwarded')
    expect(callerOf(request(peer, { 'x-forwarded-for': header }), proxies).address).toBe(address)
  })

  it('takes scheme and host from the nearest proxy only, and only if they are ones [CKE-13 ATK-108]', () => {
    const proxies = proxiesOf(['10.0.0.1'], 'x-forwarded')
    const of = (headers: Headers): unknown => {
      const { scheme, host } = callerOf(request('10.0.0.1', headers), proxies)
      return [scheme, host]
    }
    expect(of({ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'Shop.example.com' })).toEqual(['https', 'shop.example.com'])
    expect(of({ 'x-forwarded-proto': 'http, https', 'x-forwarded-host': 'evil.example, shop.example.com' })).toEqual([
      'https',
      'shop.example.com',
    ])
    expect(of({ 'x-forwarded-proto': 'javascript' })).toEqual(['http', 'app.example.com'])
    for (const host of ['evil.example/x', 'a b', 'user@evil.example', 'x:99999999', '"'])
      expect(of({ 'x-forwarded-host': host })).toEqual(['http', undefined])
  })

  it('looks at one of the two headers only, since the client may have sent the other [CKE-13]', () => {
    const trusted = request('10.0.0.1', { ...FORGED, forwarded: 'for="[2001:db8::1]:99";proto=https;host=real.example' })
    expect(callerOf(trusted, proxiesOf(['10.0.0.1'], 'x-forwarded'))).toEqual({
      address: '203.0.113.9',
      scheme: 'https',
      host: 'evil.example',
    })
    expect(callerOf(trusted, proxiesOf(['10.0.0.1'], 'forwarded'))).toEqual({
      address: '2001:db8::1',
      scheme: 'https',
      host: 'real.example',
    })
  })

  it('gives every spelling of an address as one [ATK-107]', () => {
    const spellings = ['2001:db8::1', '2001:DB8::1', '2001:0db8:0:0:0:0:0:1', '2001:db8:0:0::0.0.0.1']
    const proxies = proxiesOf(['10.0.0.1'], 'x-forwarded')
    expect(new Set(spellings.map((text) => callerOf(request('10.0.0.1', { 'x-forwarded-for': text }), proxies).address)).size).toBe(1)
  })

  it.each(['10.0.0.0/33', '10.0.0.0/-1', '10.0.0', 'proxy.example', '::1/129', '10.0.0.1/8/8', '', '10.0.0.1/'])(
    'refuses "%s" for a range at once',
    (range) => {
      expect(() => proxiesOf([range], 'x-forwarded')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', path: 'trustProxy' }))
    },
  )

  it('names the origin that was asked for without a default port, and none without a host', () => {
    expect(originAsked({ scheme: 'https', host: 'a.example:443' })).toBe('https://a.example')
    expect(originAsked({ scheme: 'http', host: 'a.example:8080' })).toBe('http://a.example:8080')
    expect(originAsked({ scheme: 'http' })).toBeUndefined()
  })
})
