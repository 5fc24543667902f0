import type { Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import type { Row } from '../store/store.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import type { RevocationRecord } from './record.js'
import { SLOT_SLACK, settledAt, slotAt, slotOwner } from './revocation-slot.js'
import { openKnown } from './row.js'

/** The entries of the feed as the last look at the store has found them: all that can still matter, or none. */
export interface RevocationSlots {
  /** Resolves once a look has succeeded that began a moment ago at most. Throws `STORE_UNAVAILABLE` where none does. */
  fresh(): Promise<void>
  /** The first slot to which something can still be added. */
  newest(): number
  /** The entries of this slot and of all after it. */
  entriesFrom(slot: number): readonly RevocationRecord[]
}

/** An answer may have been read from the store this long before its question: many verifiers cost the store as much as one. */
const REUSE: Millis = 1_000
/** Lists that are read at once. */
const WIDTH = 32
/** About 20 MiB. Whoever ends more within one life of a token is better served by introspection. */
const MAX_ENTRIES = 100_000

type Entries = ReadonlyMap<string, RevocationRecord>

function tooMany(): SessionError {
  return new SessionError(
    'STORE_UNAVAILABLE',
    `More than ${MAX_ENTRIES} sessions have ended whose tokens are not over yet. Introspect tokens until there are fewer.`,
    { retryAfter: 60 },
  )
}

async function entryOf(engine: Engine, row: Row): Promise<RevocationRecord> {
  const record = await openKnown(engine, row)
  if (record !== 'broken' && record.kind === 'revocation') return record
  // Leaving it out would let a session go on that has ended.
  throw new SessionError('STORE_UNAVAILABLE', 'An entry of the revocation feed does not open, so the feed cannot be vouched for.', {
    retryAfter: 60,
  })
}

/** `longest`: how long a token can live, and so how far back an entry can matter. */
export function revocationSlots(engine: Engine, longest: Millis): RevocationSlots {
  /** Entries by slot, newest slot last; what was read of a slot that is settled is all there will be. */
  let known: ReadonlyMap<number, Entries> = new Map()
  let settled: ReadonlySet<number> = new Set()
  let looked = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined

  async function readSlot(slot: number): Promise<Entries> {
    const before = known.get(slot)
    const rows = await ask(engine, (store) => store.list(slotOwner(engine.keys, slot)))
    if (rows.length > MAX_ENTRIES) throw tooMany()
    const entries = new Map<string, RevocationRecord>()
    for (const row of rows) entries.set(row.id, before?.get(row.id) ?? (await entryOf(engine, row)))
    return entries
  }
  async function look(): Promise<void> {
    const begun = engine.clock.monotonic()
    // A key that was killed on another node is good no more.
    await ask(engine, () => engine.keys.fresh(REUSE))
    const now = engine.clock.now()
    const [first, last] = [slotAt(now - longest - SLOT_SLACK), slotAt(now + SLOT_SLACK)]
    const slots = Array.from({ length: last - first + 1 }, (_, index) => first + index)
    const next = new Map(slots.flatMap((slot) => (settled.has(slot) ? [[slot, known.get(slot) ?? new Map()] as const] : [])))
    const open = slots.filter((slot) => !settled.has(slot))
    for (let from = 0; from < open.length; from += WIDTH) {
      const part = open.slice(from, from + WIDTH)
      const read = await Promise.all(part.map(readSlot))
      for (const [index, slot] of part.entries()) next.set(slot, read[index] ?? new Map())
    }
    let count = 0
    for (const entries of next.values()) count += entries.size
    if (count > MAX_ENTRIES) throw tooMany()
    known = next
    settled = new Set(slots.filter((slot) => settledAt(slot) < now))
    looked = begun
  }
  async function fresh(): Promise<void> {
    const enough = engine.clock.monotonic() - REUSE
    // A look that somebody else began will do if it began late enough.
    while (looked < enough) {
      looking ??= look().finally(() => {
        looking = undefined
      })
      await looking
    }
  }
  return Object.freeze({
    fresh,
    newest: () => [...known.keys()].find((one) => !settled.has(one)) ?? slotAt(engine.clock.now()),
    entriesFrom: (slot: number) => [...known].flatMap(([one, found]) => (one < slot ? [] : [...found.values()])),
  })
}
