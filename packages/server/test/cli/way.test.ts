import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Logger } from 'sojourn'
import { fakeClock } from 'sojourn/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../src/settings.js'
import { type RunningService, startService } from '../../src/start.js'
import { type Folder, lines, sojourn, temporaryFolder } from './terminal.js'

const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

let folder: Folder
let other: Folder
const open: { close(): Promise<void> }[] = []

beforeEach(async () => {
  folder = await temporaryFolder()
  other = await temporaryFolder()
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
  await folder.remove()
  await other.remove()
})

async function serviceIn({ path }: Folder): Promise<RunningService> {
  const service = await startService(
    { ...DEFAULT_SETTINGS, port: 0, dataDir: path, logLevel: 'silent' },
    { logger: SILENT, clock: fakeClock() },
  )
  open.push(service)
  return service
}

/** Something else on a port: answers every request in the same way and notes what it was sent. */
async function stranger(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ url: string; received: IncomingHttpHeaders[] }> {
  const received: IncomingHttpHeaders[] = []
  const server: Server = createServer((request, response) => {
    received.push(request.headers)
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

const portOf = (url: string): string => new URL(url).port

describe('the way to the sessions', () => {
  it('is the service that --url names, with the keys of the environment', async () => {
    const service = await serviceIn(folder)
    const keys = { SOJOURN_ADMIN_KEY_FILE: join(folder.path, 'admin-key'), SOJOURN_SERVICE_KEY_FILE: join(folder.path, 'service-key') }
    const { code, err } = await sojourn(['sessions', 'list', '--url', service.url], { env: { ...keys, SOJOURN_DATA_DIR: other.path } })
    expect([code, err]).toEqual([0, expect.stringContaining('the service at')])
  })

  it('is never another one than was named: exit 3 if it does not answer', async () => {
    const service = await serviceIn(folder)
    await service.close()
    const env = { SOJOURN_DATA_DIR: folder.path }
    for (const outcome of [
      await sojourn(['sessions', 'list', '--url', service.url], { env }),
      await sojourn(['sessions', 'list'], { env: { ...env, SOJOURN_URL: service.url } }),
    ]) {
      expect([outcome.code, outcome.out]).toEqual([3, ''])
      expect(outcome.err).toContain('does not answer')
    }
  })

  it('is the store when no service answers, and with --direct also when one does', async () => {
    const service = await serviceIn(folder)
    const env = { SOJOURN_DATA_DIR: folder.path, SOJOURN_PORT: portOf(service.url) }
    expect((await sojourn(['sessions', 'list', '--direct'], { env })).err).toContain('the store')
    expect((await sojourn(['sessions', 'list'], { env })).err).toContain('the service at')
    await service.close()
    expect((await sojourn(['sessions', 'list'], { env })).err).toContain('the store')
  })

  it('is the store when the service on the port belongs to another data folder, and says so', async () => {
    await (await serviceIn(folder)).close()
    const foreign = await serviceIn(other)
    const { code, err } = await sojourn(['sessions', 'list'], { env: { SOJOURN_DATA_DIR: folder.path, SOJOURN_PORT: portOf(foreign.url) } })
    expect(code).toBe(0)
    expect(err).toContain('does not take the admin key')
    expect(err).toContain('the store')
  })

  it('does not show keys to something on the port that is no session service', async () => {
    await (await serviceIn(folder)).close()
    const web = await stranger(200, '<h1>hello</h1>')
    const { code, err } = await sojourn(['sessions', 'list'], { env: { SOJOURN_DATA_DIR: folder.path, SOJOURN_PORT: portOf(web.url) } })
    expect([code, err]).toEqual([0, expect.stringContaining('the store')])
    expect(web.received.map((headers) => headers.authorization)).toEqual([undefined])
  })

  it('does not follow a redirect with a key [ATK-117]', async () => {
    const target = await stranger(200, '{"sessions":[]}')
    const redirect = await stranger(307, '', { location: target.url })
    const { code } = await sojourn(['sessions', 'list', '--url', redirect.url], {
      env: { SOJOURN_ADMIN_KEY: 'an-admin-key-of-tests', SOJOURN_DATA_DIR: other.path },
    })
    expect(code).toBe(3)
    expect(target.received).toEqual([])
  })

  it.each([
    [200, 'not json'],
    [200, '{"sessions":[{"id":"sid_x"}]}'],
    [500, ''],
    [404, '{}'],
  ])('exits 3 for a service that answers %i %s', async (status, body) => {
    const { url } = await stranger(status, body)
    const { code, out } = await sojourn(['sessions', 'list', '--url', url], {
      env: { SOJOURN_ADMIN_KEY: 'an-admin-key-of-tests', SOJOURN_DATA_DIR: other.path },
    })
    expect([code, out]).toEqual([3, ''])
  })

  it('exits 1 when the key is refused or missing, and never shows it', async () => {
    const service = await serviceIn(folder)
    const wrong = await sojourn(['sessions', 'list', '--url', service.url], {
      env: { SOJOURN_ADMIN_KEY: 'a-wrong-admin-key', SOJOURN_DATA_DIR: other.path },
    })
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('refused')])
    expect(wrong.err).not.toContain('a-wrong-admin-key')
    const none = await sojourn(['sessions', 'list', '--url', service.url], { env: { SOJOURN_DATA_DIR: other.path } })
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('SOJOURN_ADMIN_KEY')])
    const noServiceKey = await sojourn(['users', 'revoke', 'alice', '--yes', '--url', service.url], {
      env: { SOJOURN_DATA_DIR: other.path },
    })
    expect([noServiceKey.code, noServiceKey.err]).toEqual([1, expect.stringContaining('SOJOURN_SERVICE_KEY')])
  })

  it('does not send keys over plain http to another host', async () => {
    const { code, err } = await sojourn(['sessions', 'list', '--url', 'http://sessions.example.com'], {
      env: { SOJOURN_DATA_DIR: folder.path },
    })
    expect([code, err]).toEqual([2, expect.stringContaining('https')])
  })

  it('makes no store, no keys and no folder where there are none: exit 3', async () => {
    const path = join(folder.path, 'mistyped')
    const { code, err } = await sojourn(['sessions', 'list', '--data-dir', path], { env: { SOJOURN_PORT: '0' } })
    expect([code, err]).toEqual([3, expect.stringContaining('there is no store')])
    expect(existsSync(path)).toBe(false)
  })

  it('does not make new keys beside an old store', async () => {
    await writeFile(join(folder.path, 'sojourn.db'), '')
    const { code, err } = await sojourn(['sessions', 'list', '--direct', '--data-dir', folder.path])
    expect([code, err]).toEqual([3, expect.stringContaining('keys.json')])
    expect(await readdir(folder.path)).toEqual(['sojourn.db'])
  })

  it('says of a service with its sessions in memory that they cannot be reached without it', async () => {
    const config = join(folder.path, 'memory.yaml')
    await writeFile(config, 'session_manager:\n  session_storage:\n    type: memory\n')
    const { code, err } = await sojourn(['sessions', 'list', '--direct', '--config', config], { env: { SOJOURN_DATA_DIR: folder.path } })
    expect([code, err]).toEqual([3, expect.stringContaining('in the memory of the service')])
  })
})

describe('wrong usage', () => {
  it.each([
    [[]],
    [['sessions']],
    [['nonsense']],
    [['sessions', 'list', '--nonsense']],
    [['sessions', 'list', '--limit', '0']],
    [['sessions', 'list', '--limit', '1e3']],
    [['sessions', 'list', '--status', 'sleepy']],
    [['sessions', 'show']],
    [['sessions', 'revoke']],
    [['users', 'revoke']],
    [['sessions', 'list', '--direct', '--url', 'http://localhost']],
  ])('exits 2 and says so on standard error: %j', async (argv) => {
    const { code, out, err } = await sojourn(argv)
    expect([code, out]).toEqual([2, ''])
    expect(err).not.toBe('')
  })

  it('exits 2 for a user id that the engine refuses', async () => {
    await (await serviceIn(folder)).close()
    const { code, err } = await sojourn(['sessions', 'list', '--user', 'no spaces', '--direct', '--data-dir', folder.path])
    expect([code, err]).toEqual([2, expect.stringContaining('userId')])
  })

  it('tells errors as JSON to programs', async () => {
    const { code, err } = await sojourn(['sessions', 'list', '--json', '--data-dir', join(folder.path, 'none')], {
      env: { SOJOURN_PORT: '0' },
    })
    expect(lines(err)).toEqual([{ error: expect.stringContaining('no store'), exitCode: code }])
  })

  it('explains itself, exit codes and environment included', async () => {
    const { code, out } = await sojourn(['--help'])
    expect(code).toBe(0)
    for (const text of [
      'serve',
      'sessions',
      'users',
      'config',
      'doctor',
      'export',
      '--json',
      'Exit codes',
      'SOJOURN_ADMIN_KEY',
      '4  there is no such session',
    ]) {
      expect(out).toContain(text)
    }
    expect((await sojourn(['--version'])).out).toBe('1.2.3\n')
  })
})
