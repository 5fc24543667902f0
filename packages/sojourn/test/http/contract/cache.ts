import { expect } from 'vitest'
import { readSetCookie } from '../raw.js'
import type { HttpCheck } from './world.js'

const words = (header: string | undefined): readonly string[] => (header ?? '').split(',').map((word) => word.trim())

export const cacheChecks: readonly HttpCheck[] = [
  {
    name: 'lets no cache keep an answer that sets or clears the cookie [CKE-8 ATK-106]',
    async check(world) {
      const cookie = await world.login()
      for (const answer of [
        await world.post('/login'),
        await world.post('/logout', cookie),
        await world.get('/cached', '__Host-id=dead'),
      ]) {
        expect(answer.setCookies).toHaveLength(1)
        expect(answer.header('cache-control')).toBe('no-store')
        expect(words(answer.header('vary'))).toContain('Cookie')
      }
    },
  },
  {
    name: 'keeps an answer for which the session was read, even in vain, out of shared caches [CKE-8 ATK-106]',
    async check(world) {
      const cookie = await world.login()
      for (const sent of [cookie, undefined]) {
        const read = await world.get('/me', sent)
        expect(read.header('cache-control')).toBe('private, no-cache')
        expect(words(read.header('vary'))).toContain('Cookie')
        const exists = await world.get('/is-anybody', sent)
        expect(exists.header('cache-control')).toBe('private, max-age=60')
        expect(words(exists.header('vary'))).toEqual(['Accept', 'Cookie', 'Authorization'])
      }
      expect(words((await world.get('/required')).header('vary'))).toContain('Cookie')
    },
  },
  {
    name: 'leaves an answer alone for which nobody asked who is there',
    async check(world) {
      const cookie = await world.login()
      for (const sent of [cookie, undefined]) {
        const answer = await world.get('/cached', sent)
        expect([answer.header('cache-control'), answer.header('vary')]).toEqual(['public, max-age=60', undefined])
      }
    },
  },
  {
    name: 'adds its cookie to those of the application [CKE-11]',
    async check(world) {
      const answer = await world.get('/own-cookies', '__Host-id=dead')
      expect(answer.setCookies.map((line) => readSetCookie(line).name).sort()).toEqual(['__Host-id', 'theme'])
    },
  },
  {
    name: 'writes its headers also where the application fails [CKE-11]',
    async check(world) {
      const cookie = await world.login()
      const answer = await world.get('/failing', cookie)
      expect([answer.status, answer.header('cache-control')]).toEqual([500, 'private, no-cache'])
      const dead = await world.get('/failing', '__Host-id=dead')
      expect([dead.status, dead.setCookies.length, dead.header('cache-control')]).toEqual([500, 1, 'no-store'])
    },
  },
]
