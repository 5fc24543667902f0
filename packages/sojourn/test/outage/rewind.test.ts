import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SessionManagerOptions } from '../../src/config.js'
import { createSessionManager } from '../../src/create-session-manager.js'
import { isSessionError } from '../../src/errors.js'
import type { SessionEvent } from '../../src/events/event.js'
import type { SessionManager } from '../../src/manager.js'
import { redisStore } from '../../src/store/redis.js'
import { sqliteStore } from '../../src/store/sqlite.js'
import { type RedisServer, startRedis, until } from '../servers/redis.js'

const MASTER = new Uint8Array(32).map((_byte, index) => index * 37 + 11)

let folder: string
let open: SessionManager[]
let rewound: SessionEvent[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-rewind-'))
  open = []
  rewound = []
})
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function node(options: SessionManagerOptions): Promise<SessionManager> {
  const made = await createSessionManager({ keys: { master: MASTER }, cleanupInterval: 0, ...options })
  made.on((event) => {
    if (event.type === 'store.rewound') rewound.push(event)
  })
  open.push(made)
  return made
}

async function verdict(one: SessionManager, token: string): Promise<string> {
  try {
    const result = await one.validateSession(token)
    return result.isValid ? 'valid' : result.error.code
  } catch (error) {
    return isSessionError(error) ? error.code : String(error)
  }
}

/** What it comes to once somebody can tell. */
async function settled(one: SessionManager, token: string): Promise<string> {
  let said = ''
  await until('somebody can tell', async () => {
    said = await verdict(one, token)
    return said !== 'STORE_UNAVAILABLE'
  })
  return said
}

const rewinds = (one: SessionManager): number => Number(/^sojourn_store_rewound_total (\d+)$/m.exec(one.metricsText())?.[1] ?? 0)

describe('a Redis', () => {
  let server: RedisServer
  beforeEach(async () => {
    server = await startRedis({ args: ['--dbfilename', 'dump.rdb'] })
  })
  afterEach(() => server.stop())
  const onRedis = async (): Promise<SessionManager> => node({ storage: await redisStore({ url: server.url }) })

  it('that comes back from an older copy is found out, and what was ended since is ended again before anybody is let in [TRM-4]', async () => {
    const [one, other] = [await onRedis(), await onRedis()]
    const { token: living } = await one.createSession('living')
    const tokens = await Promise.all(Array.from({ length: 20 }, async (_none, user) => (await one.createSession(`user-${user}`)).token))
    const alice = await Promise.all([1, 2, 3].map(async () => (await other.createSession('alice')).token))
    // An end before the copy is made: where nothing was ever marked, nobody misses a mark.
    await one.terminateSession(tokens[0] ?? '')
    await pause(100)
    await server.cli('SAVE')
    for (const [at, token] of tokens.slice(1).entries()) await (at % 2 === 0 ? one : other).terminateSession(token)
    await other.terminateAllUserSessions('alice')
    await pause(100)
    await server.signal('SIGKILL')
    await server.start()
    // Whoever asks all the time never gets in.
    const seen = new Set<string>()
    let isOver = false
    const asking = [one, other].map(async (each) => {
      for (; !isOver; await pause(2)) for (const token of [...tokens, ...alice]) seen.add(await verdict(each, token))
    })
    for (const each of [one, other]) expect(await settled(each, living)).toBe('valid')
    await until('both are healthy', async () => one.mode() === 'healthy' && other.mode() === 'healthy')
    isOver = true
    await Promise.all(asking)
    expect([...seen].sort()).toEqual(['SESSION_REVOKED', 'STORE_UNAVAILABLE'])
    expect([rewinds(one), rewinds(other), rewound.length]).toEqual([1, 1, 2])
    // A node that was not there finds it in the store.
    const late = await onRedis()
    for (const token of [...tokens, ...alice]) expect(await settled(late, token)).toBe('SESSION_REVOKED')
  })

  it('that cuts its connections, or seals everything anew with another key, has not gone back', async () => {
    const one = await onRedis()
    const { token } = await one.createSession('alice')
    for (let round = 0; round < 3; round++) {
      const { token: ended } = await one.createSession('bob')
      await one.terminateSession(ended)
      if (round === 1) await one.rotateKeys()
      if (round === 1) await one.resealRecords()
      await server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub')
      expect(await settled(one, token)).toBe('valid')
      expect(await settled(one, ended)).toBe('SESSION_REVOKED')
    }
    expect([rewinds(one), rewound]).toEqual([0, []])
  })
})

describe('a SQLite file', () => {
  const file = (): string => join(folder, 'sessions.db')
  const copy = (): string => join(folder, 'copy.db')
  const onFile = async (journal?: string): Promise<SessionManager> =>
    node({ storage: await sqliteStore({ path: file() }), ...(journal === undefined ? {} : { journal }) })
  const again = async (journal?: string): Promise<SessionManager> => {
    await open.pop()?.close()
    return await onFile(journal)
  }
  /** With a session that was ended after the copy. */
  async function putBack(journal?: string): Promise<{ readonly ended: string; readonly living: string }> {
    const first = await onFile(journal)
    const ended = (await first.createSession('alice')).token
    const living = (await first.createSession('bob')).token
    await first.terminateSession((await first.createSession('carol')).token)
    const second = async (): Promise<SessionManager> => {
      await open.pop()?.close()
      copyFileSync(file(), copy())
      return await onFile(journal)
    }
    await (await second()).terminateSession(ended)
    await open.pop()?.close()
    copyFileSync(copy(), file())
    for (const rest of ['-wal', '-shm']) rmSync(`${file()}${rest}`, { force: true })
    return { ended, living }
  }

  it('that an older copy was put in the place of is found out at the next start, from the journal [TRM-4]', async () => {
    const journal = join(folder, 'ends.journal')
    const { ended, living } = await putBack(journal)
    const one = await onFile(journal)
    expect(rewinds(one)).toBe(1)
    expect(await verdict(one, ended)).not.toBe('valid')
    expect(await settled(one, living)).toBe('valid')
    expect(await verdict(one, ended)).toBe('SESSION_REVOKED')
    const next = await again(journal)
    expect(rewinds(next)).toBe(0)
    expect(await verdict(next, ended)).toBe('SESSION_REVOKED')
  })

  it('without a journal nothing is left to tell it: that is what a journal is for', async () => {
    const { ended } = await putBack()
    expect(await verdict(await onFile(), ended)).toBe('valid')
  })
})
