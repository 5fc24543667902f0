import type { CancelTimer, Clock, Millis } from '../clock.js'
import { storeUnavailable } from '../errors.js'
import type { Logger } from '../events/log.js'
import type { Row, Store } from '../store/store.js'
import type { Journal } from './journal.js'
import { type PendingEnd, pendingEndId } from './pending-end.js'

/** A row that this process raises with its ends: a store in which it stands lower has lost something that it had taken. */
export interface Mark {
  readonly id: string
  /** What the store has said that it has. */
  readonly version: number
  readonly createdAt: Millis
  readonly expiresAt: Millis
}

/** Tells when the store has gone back in time: a backup was restored, or the tail of what it had taken is lost. */
export interface HighWater {
  /** The store has taken this end. It is remembered, to be made again if the store forgets it. */
  took(end: PendingEnd): void
  /** Somebody else has changed this row: what the store has is worth a mark of ours too. */
  heard(id: string): void
  /** The store may have been replaced: nothing is said of sessions until that is known. */
  doubt(): void
  /** Undefined where nothing is in doubt. Else resolves once that is so; throws `STORE_UNAVAILABLE` where nobody can tell. */
  settled(): Promise<void> | undefined
  /** Whether nothing is in doubt and nothing is held back. Asks nobody. */
  isSettled(): boolean
  /** Whether nothing is answered just now, since the store has gone back: half a lease, in which all nodes write their ends. */
  holds(): boolean
  /** Called with the ends to be made again. */
  onRewound(listener: (ends: readonly PendingEnd[]) => void): void
  close(): void
}

export interface HighWaterOptions {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly lease: Millis
  readonly journal: Journal | undefined
  /** Makes the row of a mark; with an id, in the place of one that stands. */
  readonly markRow: (near: string, mark: Mark | undefined) => Row
}

/** Ends kept to be made again; the oldest makes room. About 5 MiB. */
export const MOST_ENDS = 10_000
/** Nobody restores a backup that is older without knowing what that means; the record of an end stands as long. */
export const REMEMBERS: Millis = 86_400_000
/** How often the marks are looked at where nothing was lost. */
const LOOK_EVERY: Millis = 5_000
/** And where something was lost, until it is known. */
const DOUBTS_EVERY: Millis = 250
/** A mark is raised at once, then once in so long at most, however much ends: a store that loses less than that is not found out. */
const RAISE_EVERY: Millis = 100
/** And where others have changed something. */
const HEARD_EVERY: Millis = 1_000
/** Places that take writes: more than any cluster has. */
const MOST_PLACES = 1_024

interface Placed {
  /** A row that lies there. */
  near: string
  mark: Mark | undefined
  /** Ends came that the mark is not raised for yet. */
  isDue: boolean
  raising: Promise<void> | undefined
}

/** Marks are of one process. `store` has rows that are kept in no memory. */
export function highWater({ store, clock, logger, lease, journal, markRow }: HighWaterOptions): HighWater {
  const hold = lease / 2
  // As everything that is heard; sessions end by the other one.
  const timing = store.channels?.clock ?? clock
  const ends = new Map<string, PendingEnd>()
  const places = new Map<string, Placed>()
  const listeners: ((ends: readonly PendingEnd[]) => void)[] = []
  /** How often it was doubted, and how many of these doubts have been settled. */
  let doubts = 0
  let settledDoubts = 0
  let checking: Promise<void> | undefined
  let closedUntil = Number.NEGATIVE_INFINITY
  let lookedAt = Number.NEGATIVE_INFINITY
  let timer: CancelTimer | undefined
  let raiseTimer: CancelTimer | undefined
  /** When marks were raised last, and will be next. */
  let raisedAt = Number.NEGATIVE_INFINITY
  let raisesAt = Number.POSITIVE_INFINITY
  let isClosed = false

  const remember = (end: PendingEnd): void => {
    const id = pendingEndId(end)
    ends.delete(id)
    ends.set(id, end)
    const [oldest] = ends.size > MOST_ENDS ? ends.keys() : []
    if (oldest !== undefined) ends.delete(oldest)
  }
  const nameOf = (id: string): string => store.channels?.of(id)?.name ?? ''
  const placeOf = (id: string): Placed => {
    const name = nameOf(id)
    const known = places.get(name)
    if (known !== undefined) {
      known.near = id
      return known
    }
    // One whose name is gone is looked at no more; it is met again as a new one.
    const [oldest] = places.size >= MOST_PLACES ? places.keys() : []
    if (oldest !== undefined) places.delete(oldest)
    const made: Placed = { near: id, mark: undefined, isDue: false, raising: undefined }
    places.set(name, made)
    return made
  }
  for (const end of journal?.kept ?? []) if (end.at > clock.now() - REMEMBERS) remember(end)
  for (const mark of journal?.marks ?? []) placeOf(mark.id).mark = mark

  const holds = (): boolean => timing.monotonic() < closedUntil
  const isSettled = (): boolean => doubts <= settledDoubts && !holds()
  const sayMarks = (): void => journal?.marked([...places.values()].flatMap(({ mark }) => (mark === undefined ? [] : [mark])))
  function rewound(): void {
    // What stood before is known no more: from here on there are other marks.
    for (const place of places.values()) place.mark = undefined
    sayMarks()
    closedUntil = timing.monotonic() + hold
    logger.error(
      { ends: ends.size },
      'the session store has gone back in time: a backup was restored, or it has lost what it had taken. The ends that this node remembers are made again; end all sessions if it may have lost others',
    )
    const again = [...ends.values()]
    for (const listener of listeners) listener(again)
  }
  async function raise(place: Placed): Promise<void> {
    place.isDue = false
    const before = place.mark === undefined || place.mark.expiresAt <= clock.now() ? undefined : place.mark
    const row = markRow(place.near, before)
    try {
      const isThere = before === undefined ? (await store.insert(row)) > 0 : await store.replace(row)
      if (!isThere) {
        // Sealed anew meanwhile with another key, say: then it stands higher, and is raised from there.
        if (before !== undefined && !(await stillStands(place, before))) rewound()
        place.isDue = place.mark !== undefined
        return
      }
      const { id, version, createdAt, expiresAt } = row
      place.mark = { id, version, createdAt, expiresAt }
      sayMarks()
    } catch (error) {
      // It may have been raised all the same; the next look tells.
      place.isDue = true
      logger.info({ error: String(error) }, 'the mark of this node could not be raised')
    }
  }
  function raiseSoon(place: Placed): void {
    place.isDue = true
    if (isClosed || place.raising !== undefined) return
    const run = async (): Promise<void> => {
      // What comes while it is under way is marked by the next one; what could not be marked, after the next look.
      for (let isAgain = true; isAgain; ) {
        const before = place.mark
        await raise(place)
        isAgain = place.isDue && place.mark !== before
      }
      place.raising = undefined
      schedule()
    }
    place.raising = run()
  }
  /** Raises the marks of all places in which something came, once for all that comes in a while. */
  function raiseWithin(place: Placed, wait: Millis): void {
    place.isDue = true
    if (isClosed || raisesAt <= timing.monotonic() + wait) return
    raiseTimer?.()
    raisesAt = timing.monotonic() + wait
    raiseTimer = timing.after(wait, () => {
      raisesAt = Number.POSITIVE_INFINITY
      raisedAt = timing.monotonic()
      for (const each of places.values()) if (each.isDue) raiseSoon(each)
    })
  }
  async function stands(place: Placed): Promise<boolean> {
    await place.raising
    const { mark } = place
    return mark === undefined || mark.expiresAt <= clock.now() || (await stillStands(place, mark))
  }
  /** Whether the store has what it said that it has. */
  async function stillStands(place: Placed, mark: Mark): Promise<boolean> {
    const row = await store.get(mark.id)
    if (row === undefined || row.version < mark.version) return false
    if (row.version > mark.version) place.mark = { ...mark, version: row.version }
    return true
  }
  async function check(): Promise<void> {
    const upTo = doubts
    const found = await Promise.all([...places.values()].map(stands))
    settledDoubts = upTo
    lookedAt = timing.monotonic()
    if (found.includes(false)) return rewound()
    for (const place of places.values()) if (place.isDue) raiseSoon(place)
  }
  function checkNow(): Promise<void> {
    timer?.()
    timer = undefined
    checking ??= check().finally(() => {
      checking = undefined
      schedule()
    })
    return checking
  }
  function schedule(): void {
    // One process has the store to itself: it looks when it is asked something.
    const isQuiet = store.channels === undefined && doubts <= settledDoubts
    if (isClosed || isQuiet || timer !== undefined || places.size === 0) return
    timer = timing.after(doubts > settledDoubts ? DOUBTS_EVERY : LOOK_EVERY, () => {
      timer = undefined
      // That the store does not answer is told elsewhere, and what is in doubt stays so.
      checkNow().catch(() => undefined)
    })
  }
  async function settle(): Promise<void> {
    // One that was under way may have asked before the doubt.
    while (doubts > settledDoubts) await checkNow().catch((cause: unknown) => Promise.reject(storeUnavailable(cause)))
    if (holds()) throw storeUnavailable(new Error('The store has gone back in time. The ends that it has forgotten are being made again.'))
  }

  if (places.size > 0) doubts++
  return Object.freeze({
    took(end: PendingEnd): void {
      remember(end)
      journal?.keep(end)
      const place = placeOf(end.key)
      const wait = raisedAt + RAISE_EVERY - timing.monotonic()
      if (store.channels !== undefined && wait > 0) {
        raiseWithin(place, wait)
        return
      }
      raisedAt = timing.monotonic()
      raiseSoon(place)
    },
    heard(id: string): void {
      raiseWithin(placeOf(id), HEARD_EVERY)
    },
    doubt(): void {
      if (places.size === 0 || isClosed) return
      doubts++
      // At once, and not when somebody asks: other nodes wait for the ends that this one remembers.
      checkNow().catch(() => undefined)
    },
    settled(): Promise<void> | undefined {
      if (store.channels === undefined && places.size > 0 && timing.monotonic() - lookedAt >= LOOK_EVERY) doubts++
      return isSettled() ? undefined : settle()
    },
    isSettled,
    holds,
    onRewound(listener: (ends: readonly PendingEnd[]) => void): void {
      listeners.push(listener)
    },
    close(): void {
      isClosed = true
      timer?.()
      raiseTimer?.()
    },
  })
}
