import { chmod, cp, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { createSessionManager, movingStore, type SessionManager, type Store } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { postgresStore } from 'sojourn/postgres'
import { redisStore } from 'sojourn/redis'
import { sqliteStore } from 'sojourn/sqlite'
import { fakeClock } from 'sojourn/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type PostgresServer, startPostgres } from '../../../sojourn/test/servers/postgres.js'
import { type RedisServer, startRedis } from '../../../sojourn/test/servers/redis.js'
import { type Folder, lines, type Outcome, sojourn, start, temporaryFolder } from './terminal.js'

const KEYS = { master: Uint8Array.from({ length: 32 }, (_, i) => (i * 73 + 41) & 255) }
const OTHER_KEYS = { master: Uint8Array.from({ length: 32 }, (_, i) => (i * 151 + 97) & 255) }

let folder: Folder
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder.remove())

const file = (name: string): string => join(folder.path, name)
const managerOn = (storage: Store, keys = KEYS): Promise<SessionManager> => createSessionManager({ storage, keys, cleanupInterval: 0 })

/** A store with sessions in it, the second of which has ended. Answers their tokens. */
async function filled(storage: Store, users = 30, keys = KEYS): Promise<string[]> {
  const sessions = await managerOn(storage, keys)
  const tokens: string[] = []
  for (let user = 0; user < users; user++) tokens.push((await sessions.createSession(`user-${user}`)).token)
  await sessions.terminateSession(tokens[1] ?? '')
  await sessions.close()
  return tokens
}

const sqlite = (name: string): Promise<Store> => sqliteStore({ path: file(name) })

async function alive(storage: Store, tokens: readonly string[]): Promise<boolean[]> {
  const sessions = await managerOn(storage)
  const results = await Promise.all(tokens.map((token) => sessions.validateSession(token)))
  await sessions.close()
  return results.map(({ isValid }) => isValid)
}

/** Everybody but the one who logged out. */
const expected = (tokens: readonly string[]): boolean[] => tokens.map((_, user) => user !== 1)

/** No service runs there, and the data folder is empty. */
const environment = (more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  SOJOURN_PORT: '0',
  SOJOURN_DATA_DIR: file('data'),
  ...more,
})
const run = (argv: readonly string[], env = environment()): Promise<Outcome> => sojourn(argv, { env, clock: fakeClock(Date.now()) })

describe('sojourn migrate', () => {
  it('copies all sessions, proves it, and leaves the old store as it was', async () => {
    const tokens = await filled(await sqlite('old.db'))
    const { code, out, err } = await run(['migrate', '--from', `sqlite:${file('old.db')}`, '--to', `sqlite:${file('new.db')}`])
    expect(code, err).toBe(0)
    expect(out).toMatch(
      /^31 records copied, 31 read back and the same\.\nchecksum {2}([0-9a-f]{64})\nread back \1\nThe old store is as it was: .*old\.db\n$/,
    )
    expect(err).toContain('keys.json')
    for (const name of ['old.db', 'new.db']) expect(await alive(await sqlite(name), tokens)).toEqual(expected(tokens))
  })

  it('tells programs the same as one line of JSON', async () => {
    await filled(await sqlite('old.db'))
    const { code, out } = await run(['--json', 'migrate', '--from', `sqlite:${file('old.db')}`, '--to', `sqlite:${file('new.db')}`])
    expect(code).toBe(0)
    const [copied] = lines(out)
    expect(copied).toEqual({ copied: 31, verified: 31, superseded: 0, checksum: expect.any(String), readBack: copied?.['checksum'] })
  })

  it('moves while nodes work on both stores, in portions, and says when it is done', async () => {
    const tokens = await filled(await sqlite('old.db'))
    const node = await managerOn(movingStore((await sqlite('old.db')) as never, (await sqlite('new.db')) as never))
    const argv = ['migrate', '--move', '--from', `sqlite:${file('old.db')}`, '--to', `sqlite:${file('new.db')}`, '--yes']
    const part = await run([...argv, '--limit', '10'])
    expect(part.code, part.err).toBe(0)
    expect(part.out).toMatch(/^10 records moved/)
    expect(part.err).toContain('Run this again')
    expect((await Promise.all(tokens.map((token) => node.validateSession(token)))).map(({ isValid }) => isValid)).toEqual(expected(tokens))
    await node.close()
    const rest = await run(argv)
    expect(rest.code).toBe(0)
    expect(rest.err).toContain('ten more minutes')
    expect(await alive(await sqlite('new.db'), tokens)).toEqual(expected(tokens))
    const again = await run(['--json', ...argv])
    expect(lines(again.out)).toMatchObject([{ moved: 0, isDone: true }])
  })

  it('asks before it moves, and shows people how far it is', async () => {
    await filled(await sqlite('old.db'))
    const argv = ['migrate', '--move', '--from', `sqlite:${file('old.db')}`, '--to', `sqlite:${file('new.db')}`]
    const alone = await run(argv)
    expect(alone.code).toBe(2)
    expect(alone.err).toContain('--yes')
    const refused = await sojourn(argv, { env: environment(), columns: 100, answers: ['n'] })
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('Nothing was moved.')
    expect(refused.questions[0]).toMatch(/Moves all sessions from .*old\.db to .*new\.db.*both stores/)
    const agreed = await sojourn(argv, { env: environment(), columns: 100, answers: ['y'] })
    expect(agreed.code, agreed.err).toBe(0)
  })

  it('does not copy beside a running service', async () => {
    const env = environment({ SOJOURN_SERVICE_KEY: 'a-service-key-of-the-tests' })
    const running = start(['serve'], { env, clock: fakeClock(Date.now()) })
    const [url = ''] = await running.until(/http:\/\/127\.0\.0\.1:\d+/)
    const from = `sqlite:${join(file('data'), 'sojourn.db')}`
    const refused = await run(['migrate', '--from', from, '--to', `sqlite:${file('new.db')}`, '--url', url], env)
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('Stop every node')
    running.signal()
    await running.outcome
    expect((await run(['migrate', '--from', 'config', '--to', `sqlite:${file('new.db')}`], env)).code).toBe(0)
  })

  it('refuses a new store of another installation, or with sessions that the old one does not have', async () => {
    await filled(await sqlite('old.db'))
    await filled(await sqlite('other.db'), 2, OTHER_KEYS)
    await filled(await sqlite('stale.db'), 3)
    for (const [to, words] of [
      ['other.db', /another installation/],
      ['stale.db', /Empty it first/],
    ] as const) {
      const { code, err } = await run(['migrate', '--from', `sqlite:${file('old.db')}`, '--to', `sqlite:${file(to)}`])
      expect(code).toBe(1)
      expect(err).toMatch(words)
    }
  })

  it.each([
    [['--from', 'sqlite:a.db'], /Both --from and --to/],
    [['--from', 'memory:', '--to', 'sqlite:b.db'], /--from: .*in memory/],
    [['--from', 'memcached://localhost', '--to', 'sqlite:b.db'], /Memcached/],
    [['--from', 'mysql://localhost/x', '--to', 'sqlite:b.db'], /mysql:/],
    [['--from', 'nonsense', '--to', 'sqlite:b.db'], /names no store.*sqlite:<file>/],
    [['--from', 'sqlite:', '--to', 'sqlite:b.db'], /file is missing/],
    [['--from', 'env:NOT_SET', '--to', 'sqlite:b.db'], /NOT_SET is not set/],
    [['--from', 'sqlite:a.db', '--to', 'sqlite:b.db', '--limit', '5'], /--limit is for --move/],
  ])('explains what is wrong with %j', async (argv, words) => {
    const { code, err } = await run(['migrate', ...argv])
    expect(code).toBe(2)
    expect(err).toMatch(words)
  })

  it('makes no store where the old one is mistyped', async () => {
    const { code, err } = await run(['migrate', '--from', `sqlite:${file('odl.db')}`, '--to', `sqlite:${file('new.db')}`])
    expect(code).toBe(3)
    expect(err).toContain('odl.db is missing')
    for (const name of ['odl.db', 'new.db']) await expect(stat(file(name))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('sojourn export --rows and import', () => {
  it('bring all sessions back, from the configured store and into it', async () => {
    const env = environment({ SOJOURN_SERVICE_KEY: 'a-service-key-of-the-tests' })
    const running = start(['serve'], { env, clock: fakeClock(Date.now()) })
    const [url = ''] = await running.until(/http:\/\/127\.0\.0\.1:\d+/)
    const call = async (address: string, path: string, body: object): Promise<Record<string, unknown>> => {
      const headers = { authorization: 'Bearer a-service-key-of-the-tests', 'content-type': 'application/json' }
      return (await (await fetch(`${address}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as Record<
        string,
        unknown
      >
    }
    const { token } = await call(url, '/sessions', { userId: 'alice' })
    const written = await run(['export', '--rows', '--output', file('backup.jsonl')], env)
    expect(written.code, written.err).toBe(0)
    expect(written.err).toMatch(/2 records of .*sojourn\.db written to .*backup\.jsonl/)
    expect((await stat(file('backup.jsonl'))).mode & 0o777).toBe(0o600)
    const text = await readFile(file('backup.jsonl'), 'utf8')
    expect(text).not.toContain(String(token).slice(28, 71))
    running.signal()
    await running.outcome

    const other = { ...env, SOJOURN_DATA_DIR: file('restored') }
    await cp(join(file('data'), 'keys.json'), join(file('restored'), 'keys.json'))
    await chmod(file('restored'), 0o700)
    const read = await run(['import', file('backup.jsonl')], other)
    expect(read.code, read.err).toBe(0)
    expect(read.out).toMatch(/^2 records read: 2 stored in .*sojourn\.db, 0 there already, 0 newer there\.\n$/)
    const restored = start(['serve'], { env: other, clock: fakeClock(Date.now()) })
    const [address = ''] = await restored.until(/http:\/\/127\.0\.0\.1:\d+/)
    expect(await call(address, '/sessions/validate', { token })).toMatchObject({ isValid: true, session: { userId: 'alice' } })
    restored.signal()
    await restored.outcome
  })

  it('write to standard output, and read again what is there already', async () => {
    await filled(await sqlite('old.db'))
    const { code, out } = await run(['export', '--rows', '--from', `sqlite:${file('old.db')}`])
    expect(code).toBe(0)
    expect(lines(out)).toHaveLength(33)
    await writeFile(file('rows'), out)
    const argv = ['--json', 'import', file('rows'), '--to', `sqlite:${file('new.db')}`]
    expect(lines((await run(argv)).out)).toMatchObject([{ rows: 31, stored: 31, skipped: 0 }])
    expect(lines((await run(argv)).out)).toMatchObject([{ rows: 31, stored: 0, skipped: 31 }])
  })

  it('name the line of a damaged file', async () => {
    await filled(await sqlite('old.db'))
    const { out } = await run(['export', '--rows', '--from', `sqlite:${file('old.db')}`])
    await writeFile(file('rows'), out.split('\n').slice(0, 9).join('\n'))
    const { code, err } = await run(['import', file('rows'), '--to', `sqlite:${file('new.db')}`])
    expect(code).toBe(2)
    expect(err).toMatch(/line 10: .*cut off/)
    expect((await run(['import', file('none'), '--to', `sqlite:${file('new.db')}`])).code).toBe(1)
    expect((await run(['export', '--from', 'config'])).err).toContain('--from is for --rows')
  })
})

describe('between servers', () => {
  let redis: RedisServer
  let postgres: PostgresServer
  beforeAll(async () => {
    ;[redis, postgres] = await Promise.all([startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] }), startPostgres()])
  }, 120_000)
  afterAll(async () => {
    await Promise.all([redis?.stop(), postgres?.close()])
  })

  it('sessions go from SQLite to Postgres to Redis, and none is lost', async () => {
    const tokens = await filled(await sqlite('old.db'))
    const env = environment({ TO_POSTGRES: `${postgres.url}?prefix=cli_` })
    const first = await run(['migrate', '--from', `sqlite:${file('old.db')}`, '--to', 'env:TO_POSTGRES'], env)
    expect(first.code, first.err).toBe(0)
    const second = await run(
      ['migrate', '--move', '--from', 'env:TO_POSTGRES', '--to', `${redis.url}?prefix=cli:`, '--yes', '--count'],
      env,
    )
    expect(second.code, second.err).toBe(0)
    expect(await alive(await redisStore({ url: redis.url, prefix: 'cli:' }), tokens)).toEqual(expected(tokens))
    const left = await postgresStore({ url: postgres.url, prefix: 'cli_' })
    expect(await alive(left, tokens)).toEqual(tokens.map(() => false))
  })

  it('a password among the arguments is remarked upon, and is in no message', async () => {
    await filled(await sqlite('old.db'))
    const { code, err } = await run([
      'migrate',
      '--from',
      `sqlite:${file('old.db')}`,
      '--to',
      'postgres://someone:hunter2@127.0.0.1:1/none',
    ])
    expect(code).toBe(3)
    expect(err).toContain('env:<its name>')
    expect(err).not.toContain('hunter2')
  })

  it('the printed SQL makes the tables that the store needs', async () => {
    const { code, out } = await run(['migrate', '--print-sql', '--prefix', 'by_hand_'])
    expect(code).toBe(0)
    const client = new pg.Client(postgres.url)
    await client.connect()
    await client.query(out)
    await client.end()
    const store = await postgresStore({ url: postgres.url, prefix: 'by_hand_', migrate: 'check' })
    const memory = await memoryStore()
    expect(await store.get('aa')).toBe(await memory.get('aa'))
    await store.close()
  })
})
