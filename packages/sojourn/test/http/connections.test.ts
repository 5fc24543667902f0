import { createSessionManager } from 'sojourn'
import { sojournRequest } from 'sojourn/http'
import { describe, expect, it } from 'vitest'

const CONNECTION = {}

function incoming(headers: Readonly<Record<string, string>>, remoteAddress = '127.0.0.1') {
  return {
    method: 'GET',
    url: '/',
    header: (name: string) => headers[name],
    remoteAddress,
    connection: CONNECTION,
    isEncrypted: false,
    isHeadOpen: () => true,
  }
}

describe('requests over one connection', () => {
  it('are each judged by their own headers, whatever the one before said [ATK-057]', async () => {
    await using sessions = await createSessionManager()
    const begin = sojournRequest({ sessions, dev: true })
    const { token } = await sessions.createSession('alice', { ipAddress: '127.0.0.1', userAgent: 'one' })
    const { token: other } = await sessions.createSession('bob', { ipAddress: '127.0.0.1', userAgent: 'two' })
    const users: unknown[] = []
    for (let times = 0; times < 3; times++) {
      for (const [cookie, agent] of [
        [`id=${token}`, 'one'],
        [`id=${other}`, 'two'],
        ['', 'one'],
        [`id=${token}`, 'three'],
      ] as const) {
        const begun = await begin(incoming({ host: 'localhost:3000', cookie, 'user-agent': agent }))
        users.push(begun.request.session?.userId)
      }
    }
    expect(users).toEqual(Array(3).fill(['alice', 'bob', undefined, undefined]).flat())
    const { userAgents } = await sessions.getSessionAnalytics(token)
    expect(userAgents.map(({ value }) => value)).toEqual(['one'])
    expect((await sessions.getSessionAnalytics(other)).userAgents.map(({ value }) => value)).toEqual(['two'])
  })

  it('are refused by dev for the host that each of them names', async () => {
    await using sessions = await createSessionManager()
    const begin = sojournRequest({ sessions, dev: true })
    for (let times = 0; times < 2; times++) {
      expect((await begin(incoming({ host: 'localhost:3000' }))).refused).toBe(undefined)
      expect(() => begin(incoming({ host: 'shop.example' }))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', path: 'dev' }))
    }
  })
})
