import type { KeyInfo } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { describe, expect, it } from 'vitest'
import { ADMIN_KEY, bodyOf, problemOf, SERVICE_KEY, type TestService, testService } from './support/service.js'

interface Keys {
  readonly keys: ReadonlyArray<Omit<KeyInfo, 'since'> & { readonly since: string }>
  readonly resealing?: { readonly state: string; readonly seen: number; readonly resealed: number }
}

/** A ring that other nodes may share: new keys wait until all of them can have seen it. */
const sharedRing = async (): Promise<TestService> =>
  await testService({}, { storage: { ...(await memoryStore()), isVolatile: false }, keys: { master: masterKey() } })

const masterKey = (): Uint8Array => Uint8Array.from({ length: 32 }, (_, index) => (index * 89 + 250) % 256)

const get = async ({ send }: TestService): Promise<Keys> => await bodyOf<Keys>(await send('GET', '/api/v1/admin/keys', { key: ADMIN_KEY }))
const rotate = (service: TestService, json: object = {}): Promise<Response> =>
  service.send('POST', '/api/v1/admin/keys/rotate', { key: ADMIN_KEY, json })

describe('the keys', () => {
  it('are listed with their states, and never themselves', async () => {
    const service = await testService()
    const answer = await service.send('GET', '/api/v1/admin/keys', { key: ADMIN_KEY })
    expect(answer.status).toBe(200)
    const { keys, resealing } = await bodyOf<Keys>(answer)
    expect(resealing).toBeUndefined()
    expect(keys.map(({ use, state }) => [use, state])).toEqual([
      ['data', 'active'],
      ['token', 'active'],
    ])
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(['id', 'since', 'state', 'use'])
      expect(new Date(key.since).toISOString()).toBe(key.since)
    }
  })

  it('belong to operators, who do not use the key of applications', async () => {
    const { send } = await testService()
    for (const key of [SERVICE_KEY, 'x', undefined]) {
      const sent = key === undefined ? {} : { key }
      expect((await send('GET', '/api/v1/admin/keys', sent)).status).toBe(401)
      expect((await send('POST', '/api/v1/admin/keys/rotate', { ...sent, json: {} })).status).toBe(401)
    }
  })

  it('are rotated without logging anybody out: first pending, then active, and what they replace goes on opening', async () => {
    const service = await sharedRing()
    const { token } = await service.create()
    const answer = await rotate(service)
    expect(answer.status).toBe(202)
    expect((await bodyOf<Keys>(answer)).keys.filter(({ state }) => state === 'pending')).toHaveLength(2)
    await service.clock.advance(120_000)
    const { keys, resealing } = await get(service)
    expect(keys.map(({ use, state }) => [use, state])).toEqual([
      ['data', 'decrypt-only'],
      ['data', 'active'],
      ['token', 'decrypt-only'],
      ['token', 'active'],
    ])
    expect(resealing).toBeUndefined()
    expect(await service.sessions.validateSession(token)).toMatchObject({ isValid: true })
    const action = service.lines.find(({ details }) => details['action'] === 'keys.rotate')
    expect(action).toMatchObject({ level: 'warn', details: { requestId: expect.any(String) } })
  })

  it('seal all records again when they are told to, once the new one is active, and say how far that is', async () => {
    const service = await sharedRing()
    for (let count = 0; count < 3; count++) await service.create(`user-${count}`)
    expect((await bodyOf<Keys>(await rotate(service, { reseal: true }))).resealing).toEqual({ state: 'waiting', seen: 0, resealed: 0 })
    await service.clock.advance(4_900)
    expect((await get(service)).resealing).toMatchObject({ state: 'waiting' })
    await service.clock.advance(200)
    expect((await get(service)).resealing).toEqual({ state: 'done', seen: 3, resealed: 3 })
    expect(service.lines.some(({ message }) => message.includes('sealed again'))).toBe(true)
  })

  it('are not rotated where each process would have its own', async () => {
    const { send } = await testService({}, {}, () => false, { type: 'memcached', mode: 'single', copies: 1 })
    const answer = await send('POST', '/api/v1/admin/keys/rotate', { key: ADMIN_KEY, json: {} })
    expect(answer.status).toBe(400)
    expect((await problemOf(answer)).detail).toContain('SOJOURN_PREVIOUS_KEYS')
  })

  it('take nothing in the body that is not known', async () => {
    const service = await testService()
    for (const json of [{ reseal: 'yes' }, { force: true }]) expect((await rotate(service, json)).status).toBe(400)
  })
})
