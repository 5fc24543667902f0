import { join } from 'node:path'
import { createSessionManager, isSessionError } from 'sojourn'
import { describe, expect, it } from 'vitest'
import { CONFIG_KEYS } from '../src/config/keys.js'
import { checkConfig, DEFAULT_SETTINGS, loadConfig } from '../src/index.js'
import { check, saying } from './support/config.js'

/** As openssl makes one. */
const SECRET = 'kJ8s0Qm2vX7bTz5nR1wLp4cYh6uEd9fGoAiSxZqWe3M='

const EXAMPLES = new URL('./fixtures/config/', import.meta.url).pathname

describe('the examples', () => {
  it('basic.yaml is read as it stands, once the variable that it names is set', async () => {
    const file = join(EXAMPLES, 'basic.yaml')
    const { problems } = await checkConfig({ environment: {}, files: [file] })
    expect(problems.map(({ path, where }) => `${where?.slice(file.length)} ${path}`)).toEqual([
      ':4:17 session_manager.token_generation.secret_key',
    ])
    expect(problems[0]?.allowed).toContain('SESSION_SECRET_KEY is not set')
    const weak = await checkConfig({ environment: { SESSION_SECRET_KEY: 'topsecret-value' }, files: [file] })
    expect(weak.problems).toMatchObject([{ path: 'session_manager.token_generation.secret_key', allowed: expect.stringMatching(/32/) }])
    expect(JSON.stringify(weak.problems)).not.toContain('topsecret')
    const withKey = await checkConfig({ environment: { SESSION_SECRET_KEY: SECRET }, files: [file] })
    expect(withKey.problems).toEqual([])
    expect(withKey.settings.sessions).toMatchObject({ tokenType: 'jwt', jwt: { algorithm: 'HS256', secret: SECRET } })
    expect(withKey.settings.sessions).toMatchObject({
      sessionLifetime: '8h',
      contextValidation: { enabled: true, device: true },
      renewal: { auto: true, threshold: '1h', maxRenewals: 10, gracePeriod: '5m' },
    })
    expect(withKey.settings.storage).toEqual({ type: 'redis', target: { url: 'redis://localhost:6379' }, prefix: 'session:' })
  })

  it('advanced.yaml is read, and refused for what one host cannot do', async () => {
    const { problems, settings } = await checkConfig({ environment: {}, files: [join(EXAMPLES, 'advanced.yaml')] })
    expect(problems.map(({ path }) => path)).toEqual([
      'session_manager.distributed_management.cluster_mode',
      'session_manager.distributed_management.replication_factor',
      'session_manager.distributed_management.failover_enabled',
    ])
    expect(problems[0]?.allowed).toContain('one host')
    expect(settings.sessions).toMatchObject({
      maxConcurrentSessions: 5,
      keyRotation: '24h',
      maxSessionDuration: '24h',
      idleTimeout: '30m',
      absoluteTimeout: '7d',
    })
    expect(settings).toMatchObject({ metrics: true, latencies: true, audit: true })
  })

  it('analytics.yaml is read, and refused as a whole', async () => {
    const { problems } = await checkConfig({ environment: {}, files: [join(EXAMPLES, 'analytics.yaml')] })
    expect(problems).toHaveLength(12)
    expect(problems.every(({ path }) => path.startsWith('session_analytics.'))).toBe(true)
  })

  it('together are refused for the same things in one error', async () => {
    const names = ['basic', 'advanced', 'analytics'].map((name) => join(EXAMPLES, `${name}.yaml`))
    for (const separator of [',', ':']) {
      const error = await loadConfig({ environment: { SOJOURN_CONFIG: names.join(separator) } }).catch((fault: unknown) => fault)
      expect(isSessionError(error) && error.code).toBe('CONFIG_INVALID')
      expect(String(error).split('\n')).toHaveLength(1 + 1 + 1 + 12)
      expect(error).toHaveProperty('path', 'session_manager.token_generation.secret_key')
    }
  })
})

describe('the table of keys', () => {
  it('has every key of the examples', async () => {
    const { problems } = await checkConfig({
      environment: { SESSION_SECRET_KEY: 'x' },
      files: ['basic', 'advanced', 'analytics'].map((name) => join(EXAMPLES, `${name}.yaml`)),
    })
    expect(problems.filter(({ found }) => found.includes('not known'))).toEqual([])
  })

  it('names each key once and says what it does and what is allowed', () => {
    expect(new Set(CONFIG_KEYS.map(({ path }) => path)).size).toBe(CONFIG_KEYS.length)
    for (const { path, does, allowed } of CONFIG_KEYS) {
      expect(path).toMatch(/^(?:session_manager|session_analytics|service)(?:\.(?:[a-z][a-z_]*|<role>))+$/)
      expect(does, path).toMatch(/\.$/)
      expect(allowed, path).toMatch(/\.$/)
    }
  })

  it.each(CONFIG_KEYS.map(({ path }) => path))('refuses what %s cannot be, with its place', async (path) => {
    const isFile = /\.(?:path|data_dir|database|asn_database)$/.test(path)
    for (const value of [null, { a: 1 }, [[1]], -1, 1.5, '', 'a\u0000b', ...(isFile ? [] : ['😀']), Number.MAX_VALUE]) {
      const { paths, text } = await check(saying(path, value))
      expect(paths, `${path} = ${JSON.stringify(value)}`).toEqual([
        typeof value === 'object' && value !== null && !Array.isArray(value) ? expect.stringContaining(path) : path,
      ])
      expect(text).toMatch(/config\.yaml:\d+:\d+ /)
    }
  })

  const ACCEPTED: ReadonlyArray<readonly [path: string, value: unknown, settings: object]> = [
    ['session_manager.token_generation.token_type', 'opaque', { sessions: { tokenType: 'opaque' } }],
    ['session_manager.token_generation.token_type', 'jwt', { sessions: { tokenType: 'jwt' } }],
    ['session_manager.token_generation.algorithm', 'EdDSA', { sessions: { tokenType: 'jwt', jwt: { algorithm: 'EdDSA' } } }],
    ['session_manager.token_generation.algorithm', 'ES256', { sessions: { tokenType: 'jwt', jwt: { algorithm: 'ES256' } } }],
    ['session_manager.token_generation.secret_key', SECRET, { sessions: { tokenType: 'jwt', jwt: { secret: SECRET } } }],
    ['session_manager.token_generation.issuer', 'https://id.example', { sessions: { jwt: { issuer: 'https://id.example' } } }],
    ['session_manager.token_generation.audience', 'shop', { sessions: { jwt: { audience: 'shop' } } }],
    ['session_manager.token_generation.client_id', 'web', { sessions: { jwt: { clientId: 'web' } } }],
    ['session_manager.token_generation.subject', 'user_id', { sessions: { jwt: { subject: 'userId' } } }],
    ['session_manager.token_generation.leeway', '10s', { sessions: { jwt: { leeway: '10s' } } }],
    ['session_manager.token_generation.refresh_token', true, { sessions: { refreshToken: true } }],
    ['session_manager.token_generation.access_lifetime', '10m', { sessions: { accessLifetime: '10m' } }],
    ['session_manager.token_generation.rotation_policy', 'interval', { sessions: { rotationPolicy: 'interval' } }],
    ['session_manager.token_generation.token_length', 256, {}],
    ['session_manager.token_generation.expiration_time', '4h', { sessions: { sessionLifetime: '4h' } }],
    ['session_manager.token_generation.expiration_time', 3_600_000, { sessions: { sessionLifetime: 3_600_000 } }],
    ['session_manager.session_storage.type', 'memory', { storage: { type: 'memory' } }],
    ['session_manager.session_storage.type', 'sqlite', { storage: { type: 'sqlite' } }],
    ['session_manager.session_storage.path', './x.db', { storage: { type: 'sqlite', path: './x.db' } }],
    ['session_manager.session_storage.connection_string', 'sqlite:./x.db', { storage: { type: 'sqlite', path: './x.db' } }],
    ['session_manager.session_storage.connection_string', 'redis://h', { storage: { type: 'redis', target: { url: 'redis://h' } } }],
    ['session_manager.session_storage.key_prefix', 'shop:', { storage: { type: 'sqlite', prefix: 'shop_' } }],
    ['session_manager.session_storage.ttl', '8h', { sessions: { rememberMe: { lifetime: 28_800_000 } } }],
    ['session_manager.session_storage.ttl', '7d', {}],
    ['session_manager.session_storage.max_size', 1_000_000, { storage: { type: 'sqlite', maxSize: 1_000_000 } }],
    ['session_manager.session_storage.timeout', '2s', { storage: { type: 'sqlite', timeout: 2_000 } }],
    ['session_manager.security.encryption.key_rotation', '24h', { sessions: { keyRotation: '24h' } }],
    ['session_manager.validation.check_expiration', true, {}],
    ['session_manager.validation.validate_context', false, { sessions: { contextValidation: { enabled: false } } }],
    ['session_manager.validation.check_device_fingerprint', false, { sessions: { contextValidation: { device: false } } }],
    ['session_manager.validation.validate_location', false, { sessions: { contextValidation: { location: false } } }],
    ['session_manager.validation.validate_location', true, { sessions: { contextValidation: { location: true } } }],
    ['session_manager.risk.actions.country_changed', 'terminate', { sessions: { risk: { actions: { 'country-changed': 'terminate' } } } }],
    ['session_manager.risk.thresholds.step_up', 40, { sessions: { risk: { thresholds: { stepUp: 40 } } } }],
    ['session_manager.risk.max_speed', 900, { sessions: { risk: { maxSpeed: 900 } } }],
    ['session_manager.geo.database', './GeoLite2-City.mmdb', { geo: { database: './GeoLite2-City.mmdb' } }],
    ['session_manager.geo.asn_database', './GeoLite2-ASN.mmdb', { geo: { asnDatabase: './GeoLite2-ASN.mmdb' } }],
    ['session_manager.geo.precision', 'city', { geo: { precision: 'city' } }],
    ['session_manager.privacy.addresses', 'truncate', { sessions: { privacy: { addresses: 'truncate' } } }],
    ['session_manager.privacy.agents', 'family', { sessions: { privacy: { agents: 'family' } } }],
    ['session_manager.devices.enabled', false, { sessions: { devices: { enabled: false } } }],
    ['session_manager.devices.most', 5, { sessions: { devices: { most: 5 } } }],
    ['session_manager.devices.retention', '30d', { sessions: { devices: { retention: '30d' } } }],
    ['session_manager.renewal.auto_renewal', false, { sessions: { renewal: { auto: false } } }],
    ['session_manager.renewal.renewal_threshold', '30m', { sessions: { renewal: { threshold: '30m' } } }],
    ['session_manager.renewal.max_renewals', 0, { sessions: { renewal: { maxRenewals: 0 } } }],
    ['session_manager.renewal.renewal_grace_period', 0, { sessions: { renewal: { gracePeriod: 0 } } }],
    ['session_manager.security.encryption.enabled', true, {}],
    ['session_manager.security.encryption.algorithm', 'AES-256-GCM', {}],
    ['session_manager.security.token_validation.signature_verification', true, {}],
    ['session_manager.security.token_validation.audience_validation', true, {}],
    ['session_manager.security.token_validation.issuer_validation', true, {}],
    ['session_manager.security.session_policies.max_concurrent_sessions', 3, { sessions: { maxConcurrentSessions: 3 } }],
    ['session_manager.security.session_policies.on_session_limit', 'reject', { sessions: { onSessionLimit: 'reject' } }],
    ['session_manager.security.session_policies.max_session_duration', '12h', { sessions: { maxSessionDuration: '12h' } }],
    ['session_manager.security.session_policies.idle_timeout', '10m', { sessions: { idleTimeout: '10m' } }],
    ['session_manager.security.session_policies.absolute_timeout', '30d', { sessions: { absoluteTimeout: '30d' } }],
    ['session_manager.remember_me.lifetime', '6d', { sessions: { rememberMe: { lifetime: '6d' } } }],
    ['session_manager.remember_me.idle_timeout', '2d', { sessions: { rememberMe: { idleTimeout: '2d' } } }],
    ['session_manager.elevation.duration', '5m', { sessions: { elevation: { duration: '5m' } } }],
    ['session_manager.cleanup.interval', 0, { sessions: { cleanupInterval: 0 } }],
    ['session_manager.distributed_management.cluster_mode', false, {}],
    ['session_manager.distributed_management.replication_factor', 1, {}],
    ['session_manager.distributed_management.consistency_level', 'strong', {}],
    ['session_manager.distributed_management.failover_enabled', false, {}],
    ['session_manager.monitoring.metrics_collection', false, { metrics: false }],
    ['session_manager.monitoring.performance_monitoring', false, { latencies: false }],
    ['session_manager.monitoring.audit_logging', false, { audit: false }],
    ['session_manager.monitoring.security_monitoring', true, {}],
    ['session_analytics.data_collection.enabled', false, {}],
    ...['session_duration', 'session_activity', 'device_usage', 'location_tracking', 'performance_metrics'].map(
      (name) => [`session_analytics.metrics.${name}`, false, {}] as const,
    ),
    ...['daily', 'weekly', 'monthly', 'custom'].map((name) => [`session_analytics.reporting.${name}_reports`, false, {}] as const),
    ['service.host', '::1', { host: '::1' }],
    ['service.port', 0, { port: 0 }],
    ['service.data_dir', '/var/lib/sojourn', { dataDir: '/var/lib/sojourn' }],
    ['service.public_url', 'https://id.example.com/', { publicUrl: 'https://id.example.com' }],
    ['service.allowed_origins', ['https://app.example.com'], { allowedOrigins: ['https://app.example.com'] }],
    ['service.cookie.name', '__Host-session', { cookie: { name: '__Host-session', secure: true, sameSite: 'Lax' } }],
    ['service.cookie.secure', false, { cookie: { name: 'id', secure: false, sameSite: 'Lax' } }],
    ['service.cookie.same_site', 'strict', { cookie: { name: '__Host-id', secure: true, sameSite: 'Strict' } }],
    ['service.log_level', 'warn', { logLevel: 'warn' }],
    ['service.log_format', 'text', { logPretty: true }],
  ]

  it.each(ACCEPTED)('takes %s: %j', async (path, value, settings) => {
    const found = await check(saying(path, value))
    expect(found.text).toBe('')
    expect(found.settings).toEqual({ ...DEFAULT_SETTINGS, ...settings })
    const manager = await createSessionManager({ ...found.settings.sessions, storage: { type: 'memory' } })
    await manager.close()
  })

  const REFUSED: ReadonlyArray<readonly [path: string, value: unknown, why: string]> = [
    ['session_manager.token_generation.algorithm', 'HS256', 'secret_key'],
    ['session_manager.token_generation.algorithm', 'RS256', 'EdDSA'],
    ['session_manager.token_generation.algorithm', 'none', 'EdDSA'],
    ['session_manager.token_generation.rotation_policy', 'never', 'refresh_token'],
    ['session_manager.token_generation.leeway', '1m', '30000 ms'],
    ['session_manager.token_generation.previous_secret_keys', ['topsecret'], '32'],
    ['session_manager.security.token_validation.audience_validation', false, 'always refused'],
    ['session_manager.security.token_validation.issuer_validation', false, 'always refused'],
    ['session_manager.token_generation.token_length', 128, '256 random bits'],
    ['session_manager.validation.check_expiration', false, 'always refused'],
    ['session_manager.risk.thresholds.terminate', 30, 'at least session_manager.risk.thresholds.step_up'],
    ['session_manager.risk.actions.two_places', 'ignore', 'step-up'],
    ['session_manager.security.encryption.enabled', false, 'always encrypted'],
    ['session_manager.security.encryption.algorithm', 'AES-128-GCM', 'AES-256-GCM'],
    ['session_manager.security.token_validation.signature_verification', false, 'always verified'],
    ['session_manager.distributed_management.consistency_level', 'eventual', 'only primaries are read'],
    ['session_manager.distributed_management.cluster_mode', true, 'one host'],
    ['session_manager.distributed_management.failover_enabled', true, 'one host'],
    ['session_manager.distributed_management.replication_factor', 2, 'one copy'],
    ['session_manager.distributed_management.replication_factor', 17, '1 to 16'],
    ['session_manager.security.encryption.key_rotation', '30s', '60000 ms'],
    ['session_manager.monitoring.security_monitoring', false, 'always counted'],
    ...['redis', 'memcached', 'postgres', 'database'].map(
      (type) => ['session_manager.session_storage.type', type, 'connection_string, for example'] as const,
    ),
    ['session_manager.session_storage.connection_string', 'http://user:topsecret@localhost', 'redis+sentinel:'],
    ['session_manager.session_storage.path', ':memory:', 'path of a file'],
    ['session_manager.session_storage.ttl', '7h', 'forgotten before its end'],
    ['session_manager.session_storage.pool_size', 10, 'have no connections'],
    ['session_manager.session_storage.schema', 'app', 'only Postgres'],
    ['session_manager.session_storage.migrate', 'check', 'only the tables of Postgres'],
    ['session_manager.session_storage.timeout', '31s', '30000 ms'],
    ['session_manager.token_generation.secret_key', 'topsecret', '32'],
    ['service.port', 65_536, '65535'],
    ['service.public_url', 'https://id.example.com/path', 'origin'],
    ['service.public_url', 'ftp://id.example.com', 'origin'],
    ['service.public_url', 'http://id.example.com', 'https'],
    ['service.allowed_origins', ['https://app.example.com', '*'], 'origins'],
    ['service.cookie.name', 'a b', 'name'],
    ['service.cookie.name', '__host-sid', 'prefix'],
  ]

  it.each(REFUSED)('refuses %s: %j, and says why', async (path, value, why) => {
    const { paths, text } = await check(saying(path, value))
    expect(paths).toEqual([path])
    expect(text).toContain(why)
    expect(text).not.toContain('topsecret')
  })
})
