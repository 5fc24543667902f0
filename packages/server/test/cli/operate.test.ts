import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'sojourn'
import { sqliteStore } from 'sojourn/sqlite'
import { fakeClock } from 'sojourn/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../../src/settings.js'
import { startService } from '../../src/start.js'
import { type Folder, lines, sojourn, start, temporaryFolder } from './terminal.js'

const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

let folder: Folder

beforeEach(async () => {
  folder = await temporaryFolder()
})

afterEach(async () => {
  await folder.remove()
})

describe('config check', () => {
  it('says that a configuration is valid', async () => {
    const file = join(folder.path, 'good.yaml')
    await writeFile(file, 'service:\n  port: 7701\n')
    expect(await sojourn(['config', 'check', file])).toMatchObject({ code: 0, out: 'The configuration is valid.\n' })
    expect(lines((await sojourn(['config', 'check', file, '--json'])).out)).toEqual([{ valid: true }])
  })

  it('tells every problem of every file with its path, and exits 1', async () => {
    const [one, two] = [join(folder.path, 'one.yaml'), join(folder.path, 'two.yaml')]
    await writeFile(one, 'service:\n  port: 99999\n  colour: red\n')
    await writeFile(two, 'service:\n  log_level: loud\n')
    const { code, out, err } = await sojourn(['config', 'check', one, two])
    expect(code).toBe(1)
    for (const text of ['service.port', 'service.colour', 'service.log_level', `${one}:2:`]) expect(out).toContain(text)
    expect(err).toContain('3 problems')
    const found = lines((await sojourn(['config', 'check', one, two, '--json'])).out)
    expect(found.map(({ path, valid }) => [path, valid])).toEqual(expect.arrayContaining([['service.port', false]]))
    expect(found).toHaveLength(3)
  })

  it('checks what SOJOURN_CONFIG names when no file is given', async () => {
    const file = join(folder.path, 'bad.yaml')
    await writeFile(file, 'service:\n  port: x\n')
    expect((await sojourn(['config', 'check'], { env: { SOJOURN_CONFIG: file } })).code).toBe(1)
    expect((await sojourn(['config', 'check', join(folder.path, 'none.yaml')])).code).toBe(1)
  })

  it('does not let a configuration act on the terminal', async () => {
    const file = join(folder.path, 'hostile.yaml')
    await writeFile(file, '"\\e]0;owned\\a": 1\n')
    const { code, out } = await sojourn(['config', 'check', file])
    expect(code).toBe(1)
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })
})

describe('policy print', () => {
  it('writes the rules of the configuration, the same for the same configuration [DOC-1]', async () => {
    const file = join(folder.path, 'policy.yaml')
    await writeFile(file, 'session_manager:\n  security:\n    session_policies:\n      profile: aal2\n      idle_timeout: 20m\n')
    const printed = await sojourn(['policy', 'print', '--config', file])
    expect(printed.code).toBe(0)
    expect(printed.out).toMatch(/^# Session policy\n/)
    expect(printed.out).toContain('| Longest time between two uses | 20 minutes | 1 hour |')
    expect((await sojourn(['policy', 'print', '--config', file])).out).toBe(printed.out)
    expect(lines((await sojourn(['policy', 'print', '--config', file, '--json'])).out)).toEqual([{ policy: printed.out }])
  })

  it('writes none for a configuration that is looser than its profile', async () => {
    const file = join(folder.path, 'loose.yaml')
    await writeFile(file, 'session_manager:\n  security:\n    session_policies:\n      profile: pci\n      max_concurrent_sessions: 3\n')
    const { code, err } = await sojourn(['policy', 'print', '--config', file])
    expect(code).not.toBe(0)
    expect(err).toContain('session_policies.max_concurrent_sessions')
    expect(err).toContain('justification')
  })
})

describe('doctor', () => {
  const clock = fakeClock(Date.now())

  it('finds nothing to mend in a folder that the service has made', async () => {
    const service = await startService(
      { ...DEFAULT_SETTINGS, port: 0, dataDir: folder.path, logLevel: 'silent' },
      { logger: SILENT, clock },
    )
    const env = { SOJOURN_DATA_DIR: folder.path, SOJOURN_PORT: new URL(service.url).port }
    const running = await sojourn(['doctor', '--json'], { env, clock })
    expect(lines(running.out).filter(({ state }) => state !== 'ok')).toEqual([])
    expect(running.code).toBe(0)
    expect(running.out).toContain('the service answers at')
    await service.close()
    const stopped = await sojourn(['doctor'], { env, clock })
    expect(stopped.code).toBe(0)
    expect(stopped.out).toContain('can be read and written')
    expect(stopped.out).toContain('is free')
  })

  it('leaves no trace in the store', async () => {
    const service = await startService(
      { ...DEFAULT_SETTINGS, port: 0, dataDir: folder.path, logLevel: 'silent' },
      { logger: SILENT, clock },
    )
    await service.close()
    const env = { SOJOURN_DATA_DIR: folder.path, SOJOURN_PORT: '0' }
    await sojourn(['doctor'], { env, clock })
    const store = await sqliteStore({ path: join(folder.path, 'sojourn.db'), clock })
    const { rows } = await store.scan({ from: 0, to: Number.MAX_SAFE_INTEGER, limit: 10 })
    await store.close()
    expect(rows.filter(({ id }) => id.includes('doctor'))).toEqual([])
  })

  it('exits 1 and tells what to do about each thing that is wrong', async () => {
    const service = await startService(
      { ...DEFAULT_SETTINGS, port: 0, dataDir: folder.path, logLevel: 'silent' },
      { logger: SILENT, clock },
    )
    await service.close()
    await chmod(folder.path, 0o755)
    await chmod(join(folder.path, 'admin-key'), 0o644)
    await chmod(join(folder.path, 'keys.json'), 0o644)
    const env = { SOJOURN_DATA_DIR: folder.path, SOJOURN_PORT: '0', SOJOURN_SERVICE_KEY: 'short-key', SOJOURN_HOST: '0.0.0.0' }
    const { code, out, err } = await sojourn(['doctor', '--json'], { env, clock })
    expect(code).toBe(1)
    const findings = lines(out)
    const failing = findings.filter(({ state }) => state === 'fail').map(({ check }) => check)
    expect(failing).toEqual(['data folder', 'files', 'service key', 'store'])
    expect(findings.filter(({ state }) => state === 'warn').map(({ check }) => check)).toEqual(['cookie'])
    for (const finding of findings) if (finding['state'] !== 'ok') expect(finding['advice']).toEqual(expect.any(String))
    expect(out).not.toContain('short-key')
    expect(err).toContain('4 checks failed')
  })

  it('does not make the data folder', async () => {
    const { code, out } = await sojourn(['doctor'], { env: { SOJOURN_DATA_DIR: join(folder.path, 'none'), SOJOURN_PORT: '0' }, clock })
    expect(code).toBe(0)
    expect(out).toContain('is not there yet')
  })

  it('reports a configuration that cannot be used, and checks nothing by it', async () => {
    const env = { SOJOURN_DATA_DIR: folder.path, SOJOURN_PORT: 'x' }
    const { code, out } = await sojourn(['doctor', '--json'], { env, clock })
    expect(code).toBe(1)
    expect(lines(out).filter(({ check }) => check === 'configuration')).toEqual([
      expect.objectContaining({ state: 'fail', found: expect.stringContaining('SOJOURN_PORT') }),
    ])
  })
})

describe('serve', () => {
  const env = (): Record<string, string> => ({
    SOJOURN_DATA_DIR: folder.path,
    SOJOURN_PORT: '0',
    SOJOURN_CONFIG: join(folder.path, 'quiet.yaml'),
  })

  beforeEach(async () => {
    await writeFile(join(folder.path, 'quiet.yaml'), 'service:\n  log_level: silent\n')
  })

  it('runs until the first signal and closes in good order', async () => {
    const running = start(['serve'], { env: env() })
    const [, url = ''] = await running.until(/(http:\/\/127\.0\.0\.1:\d+)/)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    running.signal()
    expect(await running.outcome).toMatchObject({ code: 0, exits: [] })
    await expect(fetch(`${url}/readyz`)).rejects.toThrow()
  })

  it('ends at once at the second signal, with 130', async () => {
    const running = start(['serve'], { env: env() })
    await running.until(/http:/)
    running.signal()
    running.signal()
    expect(await running.outcome).toMatchObject({ exits: [130] })
  })

  it('takes host, port and data folder from options before the environment', async () => {
    const running = start(['serve', '--host', 'localhost', '--port', '0', '--data-dir', join(folder.path, 'mine')], {
      env: { ...env(), SOJOURN_PORT: '1', SOJOURN_HOST: '192.0.2.1' },
    })
    await running.until(/http:\/\/localhost:\d+/)
    expect(running.printed()).toContain(join(folder.path, 'mine'))
    running.signal()
    expect((await running.outcome).code).toBe(0)
  })

  it('exits 1 with all problems of the configuration, and starts nothing', async () => {
    const { code, err } = await sojourn(['serve', '--port', 'x'], { env: { ...env(), SOJOURN_HOST: 'no host' } })
    expect(code).toBe(1)
    expect(err).toContain('SOJOURN_PORT')
    expect(err).toContain('SOJOURN_HOST')
  })
})
