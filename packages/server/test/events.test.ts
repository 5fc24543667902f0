import { describe, expect, it, onTestFinished } from 'vitest'
import { listening } from './support/listening.js'
import { ADMIN_KEY, SERVICE_KEY, testService } from './support/service.js'

interface Told {
  readonly type: string
  readonly data: Record<string, unknown>
}

interface Reading {
  /** The next event; undefined when the stream has ended. Comments are counted and passed over. */
  next(): Promise<Told | undefined>
  beats(): number
  leave(): Promise<void>
}

function read(answer: Response): Reading {
  const reader = answer.body?.getReader()
  if (reader === undefined) throw new Error('no body')
  const decoder = new TextDecoder()
  let text = ''
  let beats = 0
  onTestFinished(() => reader.cancel())
  async function next(): Promise<Told | undefined> {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const block = text.slice(0, end)
        text = text.slice(end + 2)
        if (block.startsWith(':')) {
          beats += 1
          continue
        }
        const [, type = '', data = ''] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? []
        return { type, data: JSON.parse(data) as Record<string, unknown> }
      }
      const part = await reader?.read()
      if (part === undefined || part.done) return undefined
      text += decoder.decode(part.value, { stream: true })
    }
  }
  return { next, beats: () => beats, leave: () => reader.cancel() }
}

const ADMIN = '/api/v1/admin/events'
const MINE = '/api/v1/auth/events'

describe('the stream of events for operators', () => {
  it('tells each end with its reason once it is stored, and nobody by name', async () => {
    const { sessions, send } = await testService()
    const { id } = await sessions.createSession('alice', { ipAddress: '203.0.113.9' })
    const answer = await send('GET', ADMIN, { key: ADMIN_KEY })
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      'no-store',
    ])
    const stream = read(answer)
    const states: Promise<string | undefined>[] = []
    sessions.on((event) => {
      if (event.type === 'session.ended') states.push(sessions.getSession(id).then((session) => session?.status))
    })
    await sessions.terminateSession(id, { reason: 'security.password-changed' })
    const told = await stream.next()
    expect(told).toMatchObject({
      type: 'session.ended',
      data: { sessionId: id, reason: 'security.password-changed', subject: sessions.pseudonym('alice') },
    })
    expect(await Promise.all(states)).toEqual(['ended'])
    for (const secret of ['alice', '203.0.113.9']) expect(JSON.stringify(told)).not.toContain(secret)
  })

  it('is for operators only, and for a hundred readers at once', async () => {
    const { app, sessions, send } = await testService()
    expect((await send('GET', ADMIN)).status).toBe(401)
    expect((await send('GET', ADMIN, { key: SERVICE_KEY })).status).toBe(401)
    for (let head = 0; head < 150; head++)
      expect((await app.request(ADMIN, { method: 'HEAD', headers: { authorization: `Bearer ${ADMIN_KEY}` } })).status).toBe(200)
    const streams = await Promise.all(Array.from({ length: 100 }, () => send('GET', ADMIN, { key: ADMIN_KEY })))
    const refused = await send('GET', ADMIN, { key: ADMIN_KEY })
    expect([refused.status, refused.headers.get('content-type')]).toEqual([409, 'application/problem+json'])
    const readers = streams.map(read)
    await readers[0]?.leave()
    const again = read(await send('GET', ADMIN, { key: ADMIN_KEY }))
    await sessions.createSession('alice')
    expect((await again.next())?.type).toBe('session.created')
  })

  it('is let go of when its reader hangs up', async () => {
    const { app, sessions } = await testService()
    const { url, close } = await listening(async () => ({ app, sessions }))
    onTestFinished(close)
    const headers = { authorization: `Bearer ${ADMIN_KEY}` }
    const hangUp = new AbortController()
    const ask = (signal?: AbortSignal): Promise<Response> =>
      fetch(`${url}${ADMIN}`, { headers, ...(signal === undefined ? {} : { signal }) })
    for (let count = 0; count < 100; count++) expect((await ask(hangUp.signal)).status).toBe(200)
    expect((await ask()).status).toBe(409)
    hangUp.abort()
    let status = 409
    for (let tries = 0; tries < 1_000 && status === 409; tries++) ({ status } = await ask())
    expect(status).toBe(200)
  })

  it('says that it lives, ends with the service, and tells a slow reader what it missed by ending [ATK-125]', async () => {
    let draining = false
    const { sessions, send, clock } = await testService({}, {}, () => draining)
    const [slow, quick] = [read(await send('GET', ADMIN, { key: ADMIN_KEY })), read(await send('GET', ADMIN, { key: ADMIN_KEY }))]
    await clock.advance(20_000)
    const { id } = await sessions.createSession('alice')
    expect((await quick.next())?.type).toBe('session.created')
    expect(quick.beats()).toBe(5)
    for (let count = 0; count < 1_200; count++) await sessions.getSessionAnalytics(id)
    const types: string[] = []
    for (let told = await slow.next(); told !== undefined; told = await slow.next()) types.push(told.type)
    expect(types.length).toBeLessThanOrEqual(1_000)
    expect(types.at(-1)).toBe('lost')
    const last = read(await send('GET', ADMIN, { key: ADMIN_KEY }))
    draining = true
    await clock.advance(5_000)
    expect((await last.next())?.type).toBe('closing')
    expect(await last.next()).toBeUndefined()
  })
})

describe('the stream of a user', () => {
  it('ends with its session, at once or within half a minute, and says why in one of four words [TRM-13 TRM-14]', async () => {
    const { sessions, send, clock } = await testService({}, { idleTimeout: '10m' })
    const [one, two] = [await sessions.createSession('alice'), await sessions.createSession('alice')]
    const [mine, other] = [read(await send('GET', MINE, { key: one.token })), read(await send('GET', MINE, { key: two.token }))]
    await sessions.terminateSession(one.id, { reason: 'security.password-changed' })
    expect(await mine.next()).toEqual({ type: 'session.ended', data: { reason: 'security' } })
    expect(await mine.next()).toBeUndefined()
    await clock.advance(15 * 60_000)
    expect(await other.next()).toEqual({ type: 'session.ended', data: { reason: 'expired' } })
    expect(await other.next()).toBeUndefined()
    expect((await send('GET', MINE, { key: two.token })).status).toBe(401)
    expect((await send('GET', MINE)).status).toBe(401)
  })

  it('is opened by the token of the session each time, and tells of no other session [ADM-6 ATK-058]', async () => {
    const { app, sessions, send } = await testService()
    const [mine, other] = [await sessions.createSession('alice'), await sessions.createSession('bob')]
    const stream = read(await send('GET', MINE, { key: mine.token }))
    for (const id of [mine.id, '1', 'x']) {
      const taken = await app.request(MINE, { headers: { 'last-event-id': id, authorization: `Bearer ${id}` } })
      expect(taken.status).toBe(401)
    }
    await sessions.terminateSession(other.id)
    await sessions.terminateSession(mine.id)
    expect(await stream.next()).toEqual({ type: 'session.ended', data: { reason: 'revoked' } })
    expect(await stream.next()).toBeUndefined()
  })

  it('is there sixteen times for a session', async () => {
    const { sessions, send } = await testService()
    const { token } = await sessions.createSession('alice')
    const streams = []
    for (let count = 0; count < 16; count++) streams.push(read(await send('GET', MINE, { key: token })))
    expect((await send('GET', MINE, { key: token })).status).toBe(409)
    await streams[0]?.leave()
    expect((await send('GET', MINE, { key: token })).status).toBe(200)
  })
})
