import { describe, expect, it } from 'vitest'
import { checkConfig } from '../src/index.js'
import { configFile } from './support/config.js'
import { startConfigured } from './support/started.js'

const FORGED = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9', forwarded: 'for=198.51.100.1' }

/** The address that the service notes for a request of a user. */
async function notedAddress(yaml: string): Promise<string | undefined> {
  const service = await startConfigured(yaml)
  const { token } = await service.create()
  const answer = await fetch(`${service.url}/api/v1/auth/session`, { headers: { authorization: `Bearer ${token}`, ...FORGED } })
  expect(answer.status).toBe(200)
  const { json } = await service.call('POST', '/api/v1/sessions/analytics', { token })
  return (json['ipAddresses'] as Array<{ readonly value: string }>).at(-1)?.value
}

describe('the service behind a proxy', () => {
  it.each([
    ['service: { log_level: warn }', '127.0.0.1'],
    ['service: { trust_proxy: ["10.0.0.0/8"] }', '127.0.0.1'],
    ['service: { trust_proxy: ["127.0.0.1"] }', '203.0.113.9'],
    ['service: { trust_proxy: ["127.0.0.0/8"], forwarded_header: forwarded }', '198.51.100.1'],
  ])('with "%s" notes %s for a client that sends forwarding headers [CKE-13 ATK-108]', async (yaml, address) => {
    expect(await notedAddress(yaml)).toBe(address)
  })

  it.each(['["proxy.example"]', '["10.0.0.0/33"]', '"10.0.0.1"', '[1]'])('refuses trust_proxy: %s at the start', async (value) => {
    const { problems } = await checkConfig({ files: [await configFile(`service:\n  trust_proxy: ${value}\n`)], environment: {} })
    expect(problems.map(({ path }) => path)).toEqual(['service.trust_proxy'])
  })
})
