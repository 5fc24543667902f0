import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSessionManager, type IssuedSession, type Logger, type SessionManager } from 'sojourn'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../src/settings.js'
import { type RunningService, startService } from '../../src/start.js'
import { type Folder, lines, type Outcome, sojourn, type TerminalOptions, temporaryFolder } from './terminal.js'

const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** One house with a store and two ways to it: through the service, and straight. */
interface House {
  readonly run: (argv: readonly string[], options?: TerminalOptions) => Promise<Outcome>
  readonly sessions: SessionManager
  /** Lets the service do its work. */
  wait(): Promise<void>
  close(): Promise<void>
}

async function openHouse(folder: Folder, clock: FakeClock, way: 'service' | 'direct'): Promise<House> {
  const service: RunningService = await startService(
    { ...DEFAULT_SETTINGS, port: 0, dataDir: folder.path, logLevel: 'silent' },
    { logger: SILENT, clock },
  )
  const sessions = await createSessionManager({
    storage: { type: 'sqlite', path: join(folder.path, 'sojourn.db') },
    clock,
    cleanupInterval: 0,
  })
  if (way === 'direct') await service.close()
  const port = new URL(service.url).port
  return {
    sessions,
    async wait() {
      if (way === 'service') await (await fetch(`${service.url}/healthz`)).text()
    },
    run: (argv, options = {}) =>
      sojourn(argv, { clock, ...options, env: { SOJOURN_DATA_DIR: folder.path, SOJOURN_PORT: port, ...options.env } }),
    async close() {
      await sessions.close()
      await service.close()
    },
  }
}

let folder: Folder
let clock: FakeClock
let house: House
let alice: IssuedSession
let phone: IssuedSession
let bob: IssuedSession

describe.each(['service', 'direct'] as const)('through: %s', (way) => {
  it('ends all sessions of a tenant, or of everybody, when told so twice [TRM-9]', async () => {
    const acme = await house.sessions.createSession('carol', {}, { tenant: 'acme-2' })
    const asked = await house.run(['sessions', 'revoke', '--tenant', 'acme-2'], { columns: 80, answers: ['n'] })
    expect(asked.code).not.toBe(0)
    expect((await house.sessions.getSession(acme.id))?.status).toBe('active')
    const ended = await house.run(['sessions', 'revoke', '--tenant', 'acme-2', '--yes', '--json', '--reason', 'incident'])
    expect(JSON.parse(ended.out)).toEqual({ tenant: 'acme-2', terminated: 1, level: 'everywhere', done: true, reason: 'incident' })
    expect((await house.sessions.getSession(bob.id))?.status).toBe('active')
    expect((await house.run(['sessions', 'revoke', '--all', '--yes'])).out).toMatch(/sessions ended \(everywhere\)/)
    expect((await house.sessions.getSession(bob.id))?.status).toBe('ended')
    for (const wrong of [['--all', '--tenant', 'x'], [bob.id, '--all'], []])
      expect((await house.run(['sessions', 'revoke', ...wrong, '--yes'])).code).toBe(2)
  })

  beforeEach(async () => {
    folder = await temporaryFolder()
    clock = fakeClock()
    house = await openHouse(folder, clock, way)
    alice = await house.sessions.createSession(
      'alice',
      { ipAddress: '192.0.2.1', userAgent: FIREFOX },
      { roles: ['admin'], data: { cart: 1 } },
    )
    await clock.advance(60_000)
    phone = await house.sessions.createSession('alice', { ipAddress: '192.0.2.2', userAgent: 'curl/8.9.1' })
    bob = await house.sessions.createSession('bob', {}, { tenant: 'acme', roles: ['user'] })
  })

  afterEach(async () => {
    await house.close()
    await folder.remove()
  })

  const isActive = async (session: IssuedSession): Promise<boolean> => (await house.sessions.getSession(session.id))?.status === 'active'

  it('lists sessions as a table that fits the terminal, with whole ids', async () => {
    const { code, out, err } = await house.run(['sessions', 'list'], { columns: 80, env: { NO_COLOR: '1' } })
    expect(code).toBe(0)
    const [titles, ...rows] = out.trimEnd().split('\n')
    expect(titles).toMatch(/^ID +USER/)
    expect(rows).toHaveLength(3)
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(80)
    expect(out).toContain(alice.id)
    expect(out).toMatch(/alice .* 1m ago/)
    expect(err).toContain('3 sessions')
    expect(err).toContain(way === 'service' ? 'the service at http://127.0.0.1:' : 'the store ')
  })

  it('uses colours on a terminal only, and not where NO_COLOR is set', async () => {
    expect((await house.run(['sessions', 'list'], { columns: 80 })).out).toContain('\u001b[1m')
    expect((await house.run(['sessions', 'list'], { columns: 80, env: { NO_COLOR: '1' } })).out).not.toContain('\u001b')
    expect((await house.run(['sessions', 'list'])).out).not.toContain('\u001b')
  })

  it.each([
    [['--user', 'alice'], 2],
    [['--tenant', 'acme'], 1],
    [['--role', 'admin'], 1],
    [['--status', 'ended'], 0],
    [['--status', 'all'], 3],
    [['--limit', '1'], 1],
  ])('filters a list by %j', async (filter, count) => {
    const { code, out } = await house.run(['sessions', 'list', ...filter, '--json'])
    expect(code).toBe(0)
    expect(lines(out)).toHaveLength(count)
  })

  it('prints one whole JSON object a line, with absolute times and without a token', async () => {
    const { out } = await house.run(['--json', 'sessions', 'list', '--user', 'alice'])
    const [first] = lines(out)
    expect(first).toMatchObject({
      id: alice.id,
      userId: 'alice',
      createdAt: alice.createdAt.toISOString(),
      data: { cart: 1 },
      status: 'active',
    })
    for (const { token } of [alice, phone, bob]) expect(out).not.toContain(token)
  })

  it('says when there are more sessions than the limit', async () => {
    expect((await house.run(['sessions', 'list', '--limit', '2'])).err).toContain('--limit')
    expect((await house.run(['sessions', 'list', '--limit', '3'])).err).not.toContain('--limit')
  })

  it('shows all about one session', async () => {
    const { code, out } = await house.run(['sessions', 'show', alice.id])
    expect(code).toBe(0)
    for (const text of [alice.id, 'alice', '192.0.2.1', FIREFOX, 'admin', alice.expiresAt.toISOString(), '1m ago'])
      expect(out).toContain(text)
    expect(out).not.toContain(alice.token)
    expect(lines((await house.run(['sessions', 'show', alice.id, '--json'])).out)).toEqual([expect.objectContaining({ id: alice.id })])
  })

  it('exits 4 for a session that there is not', async () => {
    const { code, err } = await house.run(['sessions', 'show', `sid_aa${'x'.repeat(22)}`])
    expect(code).toBe(4)
    expect(err).toContain('There is no session')
  })

  it('does not take a token for an id, nor show it again', async () => {
    const { code, out } = await house.run(['sessions', 'show', alice.token])
    expect(code).toBe(4)
    expect(out).toBe('')
  })

  it('ends sessions after telling how many and asking', async () => {
    const { code, out, questions } = await house.run(['sessions', 'revoke', alice.id, bob.id], { columns: 80, answers: ['y'] })
    expect(code).toBe(0)
    expect(questions).toEqual([expect.stringContaining('2 sessions of 2 users')])
    expect(out).toContain(`${alice.id} ended (`)
    expect([await isActive(alice), await isActive(bob), await isActive(phone)]).toEqual([false, false, true])
    expect((await house.sessions.validateSession(alice.token)).isValid).toBe(false)
  })

  it.each(['n', '', 'yess', 'nobody'])('ends nothing when the answer is %j', async (answer) => {
    const { code, err } = await house.run(['sessions', 'revoke', alice.id], { columns: 80, answers: [answer] })
    expect(code).toBe(1)
    expect(err).toContain('Nothing was ended')
    expect(await isActive(alice)).toBe(true)
  })

  it('ends nothing without a person to ask or --yes, and exits 2 with a sentence', async () => {
    for (const argv of [
      ['sessions', 'revoke', alice.id],
      ['users', 'revoke', 'alice'],
    ]) {
      const { code, err } = await house.run(argv)
      expect(code).toBe(2)
      expect(err).toContain('--yes')
    }
    expect(await isActive(alice)).toBe(true)
  })

  it('ends what there is when one of the ids is not known, and exits 4', async () => {
    const missing = `sid_aa${'x'.repeat(22)}`
    const { code, err } = await house.run(['sessions', 'revoke', alice.id, missing, '--yes'])
    expect(code).toBe(4)
    expect(err).toContain(missing)
    expect(err).toContain('1 session ended')
    expect(await isActive(alice)).toBe(false)
  })

  it('records the reason that was given, and leaves the reason of one that had ended', async () => {
    await house.run(['sessions', 'revoke', alice.id, '--reason', 'security.stolen', '--yes'])
    const again = await house.run(['sessions', 'revoke', alice.id, '--reason', 'logout', '--yes', '--json'])
    expect(lines(again.out)).toEqual([{ id: alice.id, ended: false }])
    const result = await house.sessions.validateSession(alice.token)
    expect(result.isValid ? undefined : result.error.reason).toBe('security.stolen')
  })

  it('exits 2 for a reason that cannot be one', async () => {
    const { code, err } = await house.run(['sessions', 'revoke', alice.id, '--reason', 'Because I say so', '--yes'])
    expect(code).toBe(2)
    expect(err).not.toBe('')
    expect(await isActive(alice)).toBe(true)
  })

  it('logs a user out everywhere, after telling how many and asking', async () => {
    const { code, out, questions } = await house.run(['users', 'revoke', 'alice'], { columns: 80, answers: ['yes'] })
    expect(code).toBe(0)
    expect(questions).toEqual([expect.stringContaining('2 now')])
    expect(out).toContain('2 sessions of alice ended (')
    expect([await isActive(alice), await isActive(phone), await isActive(bob)]).toEqual([false, false, true])
  })

  it('logs a user out for a script, and answers in JSON', async () => {
    const { code, out, questions } = await house.run([
      'users',
      'revoke',
      'alice',
      '--yes',
      '--json',
      '--reason',
      'security.password-changed',
    ])
    expect(code).toBe(0)
    expect(lines(out)).toEqual([{ userId: 'alice', terminated: 2, level: expect.any(String), reason: 'security.password-changed' }])
    expect(questions).toEqual([])
  })

  it('lists the keys, and rotates them without logging anybody out', async () => {
    const before = lines((await house.run(['keys', 'list', '--json'])).out)
    expect(before.map(({ use, state }) => [use, state])).toEqual([
      ['data', 'active'],
      ['token', 'active'],
    ])
    const rotated = await house.run(['keys', 'rotate'], { columns: 80, env: { NO_COLOR: '1' } })
    expect(rotated.code).toBe(0)
    expect(rotated.out).toMatch(/^KEY +FOR +STATE +SINCE\n/)
    expect(rotated.out).toMatch(/records +pending +in 5s/)
    expect(rotated.err).toContain('become active by themselves')
    expect((await house.sessions.validateSession(alice.token)).isValid).toBe(true)
  })

  it('kills no key but one that signs, and asks before it does', async () => {
    const [data] = lines((await house.run(['keys', 'list', '--json'])).out)
    // One data key in 64 has a name that begins with a dash: after two of them nothing is an option any more.
    for (const name of [String(data?.['id']), 'slot-0', 'AAAAAAAAAAAAAAAA', '-AAAAAAAAAAAAAAA']) {
      const { code, err } = await house.run(['keys', 'kill', '--yes', '--', name])
      expect([code, err]).toEqual([4, expect.stringContaining(`no signing key ${name}`)])
    }
    const signing = await createSessionManager({
      storage: { type: 'sqlite', path: join(folder.path, 'sojourn.db') },
      tokenType: 'jwt',
      clock,
      cleanupInterval: 0,
    })
    const { token } = await signing.createSession('alice')
    const kid = signing.publicKeys().keys[0]?.kid ?? ''
    await clock.advance(60_000)
    const unasked = await house.run(['keys', 'kill', kid])
    expect([unasked.code, unasked.err]).toEqual([2, expect.stringContaining('--yes')])
    const killed = await house.run(['keys', 'kill', kid, '--yes', '--json'])
    expect([killed.code, lines(killed.out)]).toEqual([0, [{ kid, killed: true, level: 'stored' }]])
    await clock.advance(2_000)
    expect(await signing.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'TOKEN_INVALID' } })
    await signing.close()
  })

  it('seals all records again under the new key, shows how far it is, and says how many there were', async () => {
    for (const [argv, columns] of [
      [['keys', 'rotate', '--reseal'], 80],
      [['keys', 'rotate', '--reseal', '--json'], undefined],
    ] as const) {
      let isDone = false
      const running = house.run(argv, columns === undefined ? {} : { columns }).finally(() => {
        isDone = true
      })
      while (!isDone) {
        // As long as a request takes: the time-out of one that is under way must not pass meanwhile.
        await house.wait()
        await clock.advance(250)
      }
      const { code, out, err } = await running
      expect(code).toBe(0)
      if (columns === undefined) expect(lines(out).at(-1)).toMatchObject({ resealed: expect.any(Number) })
      // The three sessions, and what is kept of the user's devices if it was written by now.
      else expect(err).toMatch(/([34]) records of \1 sealed again/)
    }
    expect(await house.sessions.getSession(alice.id)).toMatchObject({ userId: 'alice' })
  })

  it('exports all sessions, ended ones too, and never a token', async () => {
    await house.sessions.terminateSession(bob.token)
    const { code, out } = await house.run(['export'])
    expect(code).toBe(0)
    expect(lines(out).map(({ id, status }) => [id, status])).toEqual(
      expect.arrayContaining([
        [alice.id, 'active'],
        [phone.id, 'active'],
        [bob.id, 'ended'],
      ]),
    )
    for (const { token } of [alice, phone, bob]) expect(out).not.toContain(token)
  })

  it('exports into a file that only its owner can read, in the place of an older one, and leaves nothing beside it', async () => {
    const output = join(folder.path, 'export', 'sessions.jsonl')
    await mkdir(join(folder.path, 'export'))
    await writeFile(output, 'old', { mode: 0o644 })
    const { code, out, err } = await house.run(['export', '--output', output])
    expect([code, out]).toEqual([0, ''])
    expect(err).toContain('3 sessions written')
    expect(lines(await readFile(output, 'utf8'))).toHaveLength(3)
    expect((await stat(output)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder.path, 'export'))).toEqual(['sessions.jsonl'])
  })

  it('exits 1 when the file of an export cannot be written', async () => {
    const { code, err } = await house.run(['export', '--output', join(folder.path, 'none', 'x')])
    expect(code).toBe(1)
    expect(err).toContain('Nothing can be written')
  })

  it('does not let a session act on the terminal [ATK-171]', async () => {
    // What the engine lets in is harmless; a store of an older version or another product may hold anything.
    await house.sessions.createSession('mallory', { location: 'Berlin' }, { data: { note: '\u001b]0;owned\u0007\u009b31m\u202e' } })
    const [mallory] = await house.sessions.getActiveSessions('mallory')
    for (const argv of [
      ['sessions', 'list', '--user', 'mallory'],
      ['sessions', 'show', mallory?.id ?? ''],
      ['sessions', 'list', '--json'],
      ['export'],
    ]) {
      const { code, out } = await house.run(argv)
      expect(code).toBe(0)
      expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }
  })
})
