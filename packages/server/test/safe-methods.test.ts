import type { Session, SessionManager } from 'sojourn'
import { expect, it } from 'vitest'
import { type Document, operations } from './support/openapi.js'
import { ADMIN_KEY, bodyOf, SERVICE_KEY, testService } from './support/service.js'

/** Everything about the sessions and keys but when they were last used. */
async function stateOf(sessions: SessionManager): Promise<unknown> {
  const page = await sessions.searchSessions({ limit: 100 })
  const lasting = ({ lastActivity: _used, idleExpiresAt: _idle, context: _context, ...rest }: Session): object => rest
  const all = page.sessions.toSorted((a, b) => a.id.localeCompare(b.id))
  return [all.map(lasting), sessions.listKeys()]
}

it('changes nothing at any address by a method that pages of other sites can send unseen [CSR-5 ATK-105]', async () => {
  const { send, create, sessions, clock } = await testService({}, { idleTimeout: '8h', renewal: { auto: false } })
  const { token, id } = await create()
  await create('bob')
  const document = await bodyOf<Document>(await send('GET', '/openapi.json'))
  const before = await stateOf(sessions)
  await clock.advance(7.5 * 3_600_000)
  let answered = 0
  for (const { path } of operations(document)) {
    const address = path.replaceAll(/\{\w+\}/g, path.includes('users') ? 'alice' : id)
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      for (const sent of [{ cookie: `__Host-id=${token}` }, { key: ADMIN_KEY }, { key: SERVICE_KEY }]) {
        const answer = await send(method, address, { ...sent, headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' } })
        answered += answer.ok ? 1 : 0
        await answer.body?.cancel()
      }
    }
  }
  expect(answered).toBeGreaterThan(10)
  expect(await stateOf(sessions)).toEqual(before)
})
