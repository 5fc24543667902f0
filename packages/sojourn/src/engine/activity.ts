import type { CancelTimer, Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import { lastUse } from '../policy/lifetime.js'
import type { Engine } from './engine.js'
import { mutate } from './mutate.js'
import type { LiveRecord, StoredSeen, StoredSighting } from './record.js'

/** One accepted use of a session. */
export interface Use {
  readonly at: Millis
  readonly ipAddress?: string
  readonly userAgent?: string
  readonly seen?: StoredSighting
}

/** What happened in sessions and is not written yet. */
export interface Activity {
  /**
   * Notes a use, at an instant if it is one that was noted before. It is written at once if `last`, when the session was known to be used
   * before, was long ago, else soon.
   */
  note(rowId: string, last: Millis, use: Use, at?: Millis): void
  /** The record with what is not written yet. */
  merge(rowId: string, record: LiveRecord): LiveRecord
  /** Writes what is pending for one session, and resolves when it is written. */
  settle(rowId: string): Promise<void>
  /** Writes everything that is pending. */
  flush(): Promise<void>
  /** Drops what is pending for a session that has ended. */
  forget(rowId: string): void
  /** Writes everything, and stops. */
  close(): Promise<void>
}

interface Pending {
  lastActivity: Millis
  requests: number
  /** Those before the present ones. */
  readonly addresses: readonly StoredSeen[]
  readonly agents: readonly StoredSeen[]
  /** Where the uses come from at present, since when, and until when. */
  readonly ipAddress: string | undefined
  readonly userAgent: string | undefined
  readonly since: Millis
  until: Millis
  seen: Seen | undefined
}

/** What was found out about the caller: joined, when last, and what the last use brought, which the next one mostly brings again. */
interface Seen {
  readonly sighting: StoredSighting
  readonly brought: StoredSighting
  at: Millis
}

/** Addresses and agents kept of one session; the one seen longest ago makes room. */
const MAX_SEEN = 16
/** Sessions whose activity may wait; beyond that it is written at once. About 30 MiB. */
const MAX_PENDING = 100_000
/** Writes under way at once while flushing. */
const FLUSH_WIDTH = 32

/** The one of both that says all, or a new one. */
function joinSeen(known: StoredSeen, seen: StoredSeen): StoredSeen {
  const { first, last } = seen
  if (first >= known.first && last <= known.last) return known
  return { value: known.value, first: Math.min(known.first, first), last: Math.max(known.last, last) }
}

/** Adds what was seen to a list, newest last, without repetitions. */
export function addSeen(list: readonly StoredSeen[], added: readonly StoredSeen[]): readonly StoredSeen[] {
  const [only, second] = added
  if (only === undefined) return list
  const newest = list.at(-1)
  if (newest === undefined && second === undefined) return added
  // Nearly all come from where the last one came from.
  if (newest?.value === only.value && second === undefined) {
    const joined = joinSeen(newest, only)
    return joined === newest ? list : [...list.slice(0, -1), joined]
  }
  const merged = new Map(list.map((seen) => [seen.value, seen]))
  for (const seen of added) {
    const known = merged.get(seen.value)
    merged.delete(seen.value)
    merged.set(seen.value, known === undefined ? seen : joinSeen(known, seen))
  }
  return [...merged.values()].slice(-MAX_SEEN)
}

const seen = (value: string | undefined, first: Millis, last: Millis): readonly StoredSeen[] =>
  value === undefined ? [] : [{ value, first, last }]
const addressesOf = (pending: Pending): readonly StoredSeen[] =>
  addSeen(pending.addresses, seen(pending.ipAddress, pending.since, pending.until))
const agentsOf = (pending: Pending): readonly StoredSeen[] => addSeen(pending.agents, seen(pending.userAgent, pending.since, pending.until))

/** What a request did not tell stays as it was seen before. */
function lastSeen(seen: Seen | undefined, brought: StoredSighting | undefined, at: Millis): Seen | undefined {
  if (brought === undefined) return seen
  if (seen?.brought !== brought) return { sighting: { ...seen?.sighting, ...brought }, brought, at }
  seen.at = at
  return seen
}

/** Most uses come from where the last one came from: then a few numbers change, and no object is made. */
function join(pending: Pending | undefined, use: Use, at: Millis): Pending {
  const { ipAddress, userAgent } = use
  if (pending !== undefined && pending.ipAddress === ipAddress && pending.userAgent === userAgent) {
    pending.lastActivity = Math.max(pending.lastActivity, at)
    pending.until = pending.lastActivity
    pending.requests++
    pending.seen = lastSeen(pending.seen, use.seen, at)
    return pending
  }
  return {
    lastActivity: Math.max(pending?.lastActivity ?? 0, at),
    requests: (pending?.requests ?? 0) + 1,
    addresses: pending === undefined ? [] : addressesOf(pending),
    agents: pending === undefined ? [] : agentsOf(pending),
    ipAddress,
    userAgent,
    since: at,
    until: at,
    seen: lastSeen(pending?.seen, use.seen, at),
  }
}

/** Both, where the older one could not be written. */
function joined(older: Pending, newer: Pending): Pending {
  return {
    ...newer,
    lastActivity: Math.max(older.lastActivity, newer.lastActivity),
    requests: older.requests + newer.requests,
    addresses: addSeen(addressesOf(older), newer.addresses),
    agents: addSeen(agentsOf(older), newer.agents),
    seen: newer.seen ?? older.seen,
  }
}

function apply(record: LiveRecord, pending: Pending): LiveRecord {
  return {
    ...record,
    lastActivity: Math.max(record.lastActivity, pending.lastActivity),
    requests: record.requests + pending.requests,
    addresses: addSeen(record.addresses, addressesOf(pending)),
    agents: addSeen(record.agents, agentsOf(pending)),
    ...(pending.seen === undefined || (record.seen?.at ?? 0) > pending.seen.at
      ? {}
      : { seen: { ...record.seen, ...pending.seen.sighting, at: pending.seen.at } }),
  }
}

type Writing = Pick<Engine, 'store' | 'keys' | 'clock' | 'metrics' | 'logger' | 'opened' | 'turns' | 'settings' | 'outage' | 'grace'>

/** Writes it; false if the store could not be asked, so that it has to wait. */
async function write(engine: Writing, rowId: string, pending: Pending): Promise<boolean> {
  try {
    await mutate(engine, rowId, (record, row) => {
      if (record.kind !== 'session') return { answer: undefined }
      const next = apply(record, pending)
      return { answer: undefined, write: { record: next, expiresAt: lastUse(engine.settings, next), owner: row.owner, quiet: 'quiet' } }
    })
    return true
  } catch (error) {
    if (error instanceof SessionError && error.code === 'STORE_UNAVAILABLE') return false
    // Activity is not worth a failed request: at worst the session becomes idle a little early.
    engine.metrics.count('sojourn_activity_dropped_total')
    const code = error instanceof SessionError ? error.code : String(error)
    engine.logger.warn({ code }, 'activity of a session was not written')
    return true
  }
}

/** Collects activity and writes each session at most once per `settings.activityInterval`. */
export function activity(engine: Writing): Activity {
  const { activityInterval } = engine.settings
  const waiting = new Map<string, Pending>()
  const underWay = new Map<string, { readonly pending: Pending; readonly done: Promise<void> }>()
  let timer: CancelTimer | undefined
  let closed = false

  function start(rowId: string): Promise<void> {
    const before = underWay.get(rowId)
    if (before !== undefined) return before.done.then(() => start(rowId))
    const pending = waiting.get(rowId)
    if (pending === undefined) return Promise.resolve()
    waiting.delete(rowId)
    const done = write(engine, rowId, pending).then((isDone) => {
      underWay.delete(rowId)
      if (!isDone) putBack(rowId, pending)
    })
    underWay.set(rowId, { pending, done })
    return done
  }
  const isSilent = (): boolean => engine.outage.state().kind === 'silent'
  /** False where so much waits for a store that does not answer that this has to be dropped. */
  function keep(rowId: string, pending: Pending): boolean {
    if (waiting.size >= MAX_PENDING && isSilent() && !waiting.has(rowId)) {
      engine.metrics.count('sojourn_activity_dropped_total')
      return false
    }
    waiting.set(rowId, pending)
    return true
  }
  /** What the store did not take waits with what came after it. */
  function putBack(rowId: string, pending: Pending): void {
    const newer = waiting.get(rowId)
    if (keep(rowId, newer === undefined ? pending : joined(pending, newer))) schedule()
  }
  async function flush(): Promise<void> {
    if (isSilent()) schedule()
    if (isSilent()) return
    // What is noted from now on waits for as long as it may.
    timer?.()
    timer = undefined
    const ids = [...waiting.keys(), ...underWay.keys()]
    for (let from = 0; from < ids.length; from += FLUSH_WIDTH) await Promise.all(ids.slice(from, from + FLUSH_WIDTH).map(start))
  }
  function schedule(): void {
    if (closed || timer !== undefined) return
    timer = engine.clock.after(activityInterval, () => {
      timer = undefined
      void flush()
    })
  }

  return Object.freeze({
    note(rowId: string, last: Millis, use: Use, at = use.at): void {
      const known = waiting.get(rowId)
      const next = join(known, use, at)
      if (next !== known && !keep(rowId, next)) return
      // Written at once after a pause: a node that has not seen this use must not take the session for idle.
      if ((at - last >= activityInterval || waiting.size > MAX_PENDING) && !isSilent()) void start(rowId)
      else schedule()
    },
    merge(rowId: string, record: LiveRecord): LiveRecord {
      const written = underWay.get(rowId)?.pending
      const pending = waiting.get(rowId)
      const merged = written === undefined || record.lastActivity >= written.lastActivity ? record : apply(record, written)
      return pending === undefined ? merged : apply(merged, pending)
    },
    settle: start,
    flush,
    forget(rowId: string): void {
      waiting.delete(rowId)
    },
    async close(): Promise<void> {
      closed = true
      timer?.()
      await flush()
      if (waiting.size > 0) {
        engine.metrics.count('sojourn_activity_dropped_total', '', waiting.size)
        engine.logger.warn({ sessions: waiting.size }, 'closing while activity waits for the store: it was not written')
      }
    },
  })
}
