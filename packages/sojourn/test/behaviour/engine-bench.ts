import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSessionManager } from 'sojourn'
import type { SessionEvent } from '../../src/events/event.js'
import type { Logger } from '../../src/events/log.js'
import type { SessionManager } from '../../src/manager.js'
import { isScannable, type Store } from '../../src/store/store.js'
import type { Bench, BenchLimits, LogLine } from './bench.js'
import { benchClock, LONGEST_BACK_OFF, turn } from './bench-clock.js'
import { CANNOT_BE_WALKED, CannotBeTried, probedStore } from './probed-store.js'

const MASTER_KEY = Uint8Array.from({ length: 32 }, (_, i) => (i * 73 + 41) & 255)

export interface BenchStore {
  readonly store: Store
  /** Where the store keeps its files, if it has any. */
  readonly folder?: string
  /** Takes away what the store leaves behind. */
  clear(): Promise<void>
}

/** A deadline for stores that no busy machine runs into: what happens at a deadline is a test of its own. */
export const PATIENT = 20_000

/** Keeps the rows of one check apart from those of others on the same server. */
export const ownPrefix = (): string => `check-${randomUUID()}:`

/** A log that a check can read afterwards. */
export function captureLog(lines: LogLine[]): Logger {
  const at =
    (level: LogLine['level']) =>
    (details: Readonly<Record<string, unknown>>, message: string): void => {
      lines.push({ level, details, message })
    }
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

async function filesAsText(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.map(async (file) => (await readFile(file)).toString('latin1')))
}

/** The engine itself, on a real store, with its clock, store, log and events in the check's hands. */
export async function engineBench(base: BenchStore, limits: BenchLimits): Promise<Bench> {
  const store = probedStore(base.store)
  const clock = benchClock(() => store.inFlight() === 0)
  const logs: LogLine[] = []
  const events: SessionEvent[] = []
  const opened: SessionManager[] = []

  const open = async (): Promise<SessionManager> => {
    // No sweep by itself: what a check finds expired must not be gone before it looks.
    const settings = {
      cleanupInterval: 0,
      lease: 500,
      ...limits,
      storage: store,
      clock,
      keys: { master: MASTER_KEY },
      logger: captureLog(logs),
    }
    const manager = await createSessionManager(settings)
    manager.on((event) => {
      events.push(event)
    })
    opened.push(manager)
    if (isScannable(base.store)) return manager
    const needsScan = (): Promise<never> => Promise.reject(new CannotBeTried(CANNOT_BE_WALKED))
    return { ...manager, sweep: needsScan, searchSessions: needsScan }
  }

  async function patiently<T>(work: Promise<T>): Promise<T> {
    let done = false
    const finish = (): void => {
      done = true
    }
    work.then(finish, finish)
    while (!done) {
      await turn(10)
      const wait = done || store.inFlight() > 0 ? undefined : clock.nextOf(LONGEST_BACK_OFF)
      if (wait !== undefined) await clock.advance(wait)
    }
    return work
  }

  const manager = await open()
  return {
    way: 'engine',
    tokens: limits.tokenType ?? 'opaque',
    sessions: manager,
    manager,
    clock,
    store,
    logs,
    events,
    forTenant: (tenant) => manager.forTenant(tenant),
    another: open,
    patiently,
    async dump(): Promise<readonly string[]> {
      await manager.flush()
      const rows = await store.rows()
      const texts = rows.flatMap((row) => {
        const data = Buffer.from(row.data)
        return [JSON.stringify({ ...row, data: null }), data.toString('latin1'), data.toString('base64url'), data.toString('hex')]
      })
      return base.folder === undefined ? texts : [...texts, ...(await filesAsText(base.folder))]
    },
    async close(): Promise<void> {
      store.holdBack(undefined)
      store.mend()
      for (const each of opened) await each.close()
      await store.close()
      await base.clear()
    },
  }
}
