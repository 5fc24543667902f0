import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkConfig } from '../src/index.js'
import { check, configFile, saying } from './support/config.js'
import { temporaryFolder } from './support/folder.js'

describe('a file', () => {
  it('with unknown keys is refused with the known ones', async () => {
    const { text } = await check(
      'session_manager:\n  renewl:\n    x: 1\n  renewal:\n    treshold: 1h\n  validation: yes please\nsesion: 1\nservice:\n  port:\n    x: 1\n',
    )
    expect(text.split('\n').map((line) => line.replace(/^.*config\.yaml/, 'at'))).toEqual([
      expect.stringMatching(
        /^at:3:8 session_manager\.renewl\.x: found a key that is not known; session_manager has token_generation, .*renewal/,
      ),
      'at:5:15 session_manager.renewal.treshold: found a key that is not known; session_manager.renewal has auto_renewal, renewal_threshold, max_renewals, renewal_grace_period.',
      expect.stringMatching(/^at:6:15 session_manager\.validation: found a value; this is a section; it has check_expiration/),
      'at:7:9 sesion: found a key that is not known; the sections are session_manager, session_analytics, service.',
      'at:10:8 service.port: found a section; allowed is a whole number from 0 to 65535.',
    ])
  })

  it('that is not YAML, or has a key twice, an alias, a tag or a second document is refused with line and column', async () => {
    for (const [text, where] of [
      ['service:\n  port: 1\n  port: 2\n', ':3:3'],
      ['service: {port: 1', ':1:'],
      ['service:\n  - a: 1\n b', ':3:1'],
      ['a: &x 1\nservice:\n  port: *x\n', ':3:9'],
      ['service:\n  port: !thing 1\n', ':2:'],
      ['service:\n  port: 1\n---\nservice:\n  port: 2\n', ':3:'],
      ['1: 2\n', ':1:1'],
      ['just text', ':1:1'],
      ['- a', ':1:'],
    ] as const) {
      const found = await check(text)
      expect(found.paths.length, text).toBeGreaterThan(0)
      expect(found.text, text).toContain(where)
    }
    expect((await check('')).paths).toEqual([])
    expect((await check('session_manager:\n')).paths).toEqual([])
  })

  it('that is missing or not text is refused by its name', async () => {
    const folder = await temporaryFolder()
    const { problems } = await checkConfig({ environment: { SOJOURN_CONFIG: join(folder, 'missing.yaml') } })
    expect(problems).toMatchObject([{ path: 'SOJOURN_CONFIG', where: join(folder, 'missing.yaml') }])
  })

  it('and another may not say two things about one key', async () => {
    const folder = await temporaryFolder()
    const files = [
      await configFile('service:\n  port: 1\n  host: localhost\n', folder, 'a.yaml'),
      await configFile('service:\n  port: 2\n  host: localhost\n', folder, 'b.yaml'),
    ]
    const { problems } = await checkConfig({ environment: {}, files })
    expect(problems).toMatchObject([
      { path: 'service.port', where: `${files[1]}:2:9`, allowed: expect.stringContaining(`${files[0]}:2:9`) },
    ])
  })
})

describe('the environment', () => {
  it('fills names in, once, and as one value', async () => {
    const yaml =
      'service:\n  port: ${PORT}\n  host: "${HOST:-127.0.0.2}"\n  data_dir: ${BASE:-/var}/lib/${NAME:-}x\n  cookie:\n    secure: ${SECURE}\n    name: $${x}\n'
    const { settings, paths } = await check(yaml, { PORT: '8080', BASE: '/${PORT}', SECURE: 'true' })
    expect(paths).toEqual(['service.cookie.name'])
    expect(settings).toMatchObject({ port: 8_080, host: '127.0.0.2', dataDir: '/${PORT}/lib/x', cookie: { secure: true } })
    const hostile = await check('service:\n  host: ${HOST}\n', { HOST: 'localhost\n  port: 1' })
    expect(hostile.paths).toEqual(['service.host'])
    expect(hostile.settings.port).toBe(7_700)
  })

  it('is asked for by names that are well formed and set', async () => {
    for (const text of ['${', '${}', '${1A}', '${A', '${A-b}']) {
      expect((await check(saying('service.data_dir', text))).text).toContain('${NAME}')
    }
    expect((await check(saying('service.data_dir', '${NOT_SET}'))).text).toContain('NOT_SET is not set')
    expect((await check(saying('service.data_dir', '${EMPTY:-x}'), { EMPTY: '' })).settings.dataDir).toBe('x')
  })

  it('has the last word, with names of its own', async () => {
    const { settings, paths } = await check('service:\n  port: 1\n  host: localhost\n', {
      SOJOURN_PORT: '8080',
      SOJOURN_HOST: '127.0.0.3',
      SOJOURN_DATA_DIR: '/data',
    })
    expect(paths).toEqual([])
    expect(settings).toMatchObject({ port: 8_080, host: '127.0.0.3', dataDir: '/data' })
    const wrong = await check('', { SOJOURN_PORT: '70000', SOJOURN_HOST: '', SOJOURN_DATA_DIR: '' })
    expect(wrong.paths).toEqual(['SOJOURN_PORT', 'SOJOURN_HOST', 'SOJOURN_DATA_DIR'])
  })

  it('gives keys itself or as files, and not both, too short, or the same twice [ADM-2 ATK-054]', async () => {
    const folder = await temporaryFolder()
    const file = await configFile('a-service-key-from-a-file-0123456789\n', folder, 'key')
    const good = await check('', { SOJOURN_SERVICE_KEY_FILE: file, SOJOURN_ADMIN_KEY: 'an-admin-key-0123456789' })
    expect(good.settings).toMatchObject({ serviceKey: 'a-service-key-from-a-file-0123456789', adminKey: 'an-admin-key-0123456789' })
    const environments = [
      { SOJOURN_SERVICE_KEY: 'long-enough-key', SOJOURN_SERVICE_KEY_FILE: file },
      { SOJOURN_SERVICE_KEY: 'short' },
      { SOJOURN_SERVICE_KEY: 'with a space in it' },
      { SOJOURN_SERVICE_KEY: '' },
      { SOJOURN_SERVICE_KEY_FILE: join(folder, 'missing') },
      { SOJOURN_SERVICE_KEY: 'the-same-key', SOJOURN_ADMIN_KEY: 'the-same-key' },
    ]
    for (const environment of environments) {
      const { paths, text } = await check('', environment)
      expect(paths).toHaveLength(1)
      expect(text).not.toContain('enough')
      expect(text).not.toContain('same-key')
    }
  })
})

describe('values that are right one by one', () => {
  const POLICIES = 'session_manager:\n  security:\n    session_policies:\n'
  const cases: ReadonlyArray<readonly [yaml: string, path: string]> = [
    [
      `${POLICIES}      max_session_duration: 8d\n      absolute_timeout: 7d\n`,
      'session_manager.security.session_policies.max_session_duration',
    ],
    [`${POLICIES}      idle_timeout: 8d\n      absolute_timeout: 7d\n`, 'session_manager.security.session_policies.idle_timeout'],
    [
      'session_manager:\n  token_generation:\n    expiration_time: 1h\n  renewal:\n    renewal_threshold: 2h\n',
      'session_manager.renewal.renewal_threshold',
    ],
    [
      `${POLICIES}      max_session_duration: 1h\n  token_generation:\n    expiration_time: 2h\n`,
      'session_manager.token_generation.expiration_time',
    ],
    ['session_manager:\n  remember_me:\n    lifetime: 1d\n    idle_timeout: 2d\n', 'session_manager.remember_me.idle_timeout'],
    ['session_manager:\n  session_storage:\n    type: memory\n    path: x.db\n', 'session_manager.session_storage.path'],
    ['session_manager:\n  session_storage:\n    connection_string: sqlite:a\n    path: b\n', 'session_manager.session_storage.path'],
    [
      'session_manager:\n  monitoring:\n    metrics_collection: false\n    performance_monitoring: true\n',
      'session_manager.monitoring.performance_monitoring',
    ],
    ['service:\n  host: 0.0.0.0\n  cookie:\n    secure: false\n', 'service.cookie.secure'],
    ['service:\n  public_url: https://a.example\n  cookie:\n    secure: false\n', 'service.cookie.secure'],
    ['service:\n  cookie:\n    secure: false\n    same_site: none\n', 'service.cookie.same_site'],
  ]
  it.each(cases)('can be wrong together: %j', async (yaml, path) => {
    expect((await check(yaml)).paths).toEqual([path])
  })
})
