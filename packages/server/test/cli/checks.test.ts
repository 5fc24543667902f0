import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkClock } from '../../src/cli/checks/clock-sanity.js'
import { checkCookie } from '../../src/cli/checks/cookie-safety.js'
import { checkDataFolder } from '../../src/cli/checks/data-folder.js'
import { checkKeys } from '../../src/cli/checks/key-strength.js'
import { checkNodeVersion } from '../../src/cli/checks/node-version.js'
import { checkPort } from '../../src/cli/checks/port.js'
import { checkStoreClock } from '../../src/cli/checks/store-clock.js'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sojourn-checks-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('doctor', () => {
  it.each([
    ['v20.19.0', 'ok'],
    ['v20.18.3', 'fail'],
    ['v18.20.0', 'fail'],
    ['v22.0.0', 'ok'],
  ])('says of Node %s: %s', (version, state) => {
    expect(checkNodeVersion(version).state).toBe(state)
  })

  it.each([
    [2_000, 'ok'],
    [-2_001, 'warn'],
    [30_000, 'warn'],
    [30_001, 'fail'],
    [-30_001, 'fail'],
  ])('says of a store whose clock is off by %i ms: %s [TMO-8]', (off, state) => {
    expect(checkStoreClock(1_000_000, 1_000_000 + off).state).toBe(state)
  })

  it('fails on a data folder that others can enter, and on keys that others can read', async () => {
    await chmod(folder, 0o755)
    await writeFile(join(folder, 'service.key'), 'x', { mode: 0o644 })
    await chmod(join(folder, 'service.key'), 0o644)
    const findings = await checkDataFolder(folder, true)
    expect(findings.map(({ state }) => state)).toEqual(['fail', 'fail'])
    expect(findings[0]?.advice).toContain('chmod 700')
    expect(findings[1]?.advice).toContain('chmod 600')
  })

  it('warns of other files that others can read', async () => {
    await chmod(folder, 0o700)
    await writeFile(join(folder, 'sessions.db'), 'x')
    await chmod(join(folder, 'sessions.db'), 0o644)
    expect((await checkDataFolder(folder, true)).map(({ state }) => state)).toEqual(['ok', 'warn'])
  })

  it('is content with a data folder that is closed, and with one that is not there yet', async () => {
    await chmod(folder, 0o700)
    await writeFile(join(folder, 'service.key'), 'x', { mode: 0o600 })
    expect((await checkDataFolder(folder, true)).map(({ state }) => state)).toEqual(['ok', 'ok'])
    expect((await checkDataFolder(join(folder, 'none'), true)).map(({ state }) => state)).toEqual(['ok'])
  })

  it('fails on a file in the place of the data folder', async () => {
    await writeFile(join(folder, 'file'), '')
    expect((await checkDataFolder(join(folder, 'file'), true))[0]?.state).toBe('fail')
  })

  it.each([
    ['short', 'fail'],
    ['x'.repeat(64), 'fail'],
    ['0123456789abcdef', 'warn'],
    ['0123456789abcdef0123456789abcdef', 'ok'],
  ])('judges the key %s: %s, and never shows it', (key, state) => {
    const [finding] = checkKeys(key, undefined)
    expect(finding?.state).toBe(state)
    expect(JSON.stringify(finding)).not.toContain(key)
  })

  it('fails when both keys are the same', () => {
    const key = '0123456789abcdef0123456789abcdef'
    expect(checkKeys(key, key).map(({ state }) => state)).toEqual(['ok', 'ok', 'fail'])
  })

  it('notices a clock that was put back, and one that differs from that of the service', async () => {
    const now = Date.UTC(2027, 0, 1)
    expect((await checkClock(now, folder, undefined)).state).toBe('ok')
    expect((await checkClock(0, folder, undefined)).state).toBe('fail')
    expect((await checkClock(now, folder, now - 60_000)).state).toBe('warn')
    await mkdir(join(folder, 'later'))
    await utimes(join(folder, 'later'), new Date(now + 3_600_000), new Date(now + 3_600_000))
    expect(await checkClock(now, folder, undefined)).toMatchObject({ state: 'fail', found: expect.stringContaining('3,600 s') })
  })

  it.each([
    [{ name: '__Host-id', secure: true }, undefined, '127.0.0.1', 'ok'],
    [{ name: '__Host-id', secure: true }, 'https://id.example.com', '0.0.0.0', 'ok'],
    [{ name: '__Host-id', secure: true }, undefined, '0.0.0.0', 'warn'],
    [{ name: '__Host-id', secure: true }, 'http://id.example.com', '0.0.0.0', 'fail'],
    [{ name: 'sid', secure: true }, undefined, '127.0.0.1', 'warn'],
    [{ name: '__Host-id', secure: false }, undefined, '127.0.0.1', 'fail'],
    [{ name: 'sid', secure: false }, undefined, '127.0.0.1', 'ok'],
    [{ name: 'sid', secure: false }, undefined, '192.168.0.2', 'fail'],
  ])('judges the cookie %j at %s on %s: %s', (cookie, publicUrl, host, state) => {
    const settings = { cookie: { ...cookie, sameSite: 'Lax' as const }, host, ...(publicUrl === undefined ? {} : { publicUrl }) }
    expect(checkCookie(settings).state).toBe(state)
  })

  it('tells a free port from one that another program has', async () => {
    const server: Server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect((await checkPort('127.0.0.1', port, { isAlive: false })).state).toBe('fail')
    expect((await checkPort('127.0.0.1', port, { isAlive: true })).state).toBe('ok')
    await new Promise((resolve) => server.close(resolve))
    expect((await checkPort('127.0.0.1', port, { isAlive: false })).state).toBe('ok')
  })
})
