import type { Clock, Millis } from '../clock.js'
import { storeUnavailable } from '../errors.js'
import type { Logger } from '../events/log.js'
import type { Row, Store } from '../store/store.js'
import { LOOK_EVERY, openDoubts } from './doubts.js'
import type { Journal } from './journal.js'
import { latestEnds } from './latest-ends.js'
import { type Mark, openMarks } from './marks.js'
import type { PendingEnd } from './pending-end.js'

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

/** Nobody restores a backup that is older without knowing what that means; the record of an end stands as long. */
export const REMEMBERS: Millis = 86_400_000
/** A mark is raised at once, then once in so long at most, however much ends: a store that loses less than that is not found out. */
const RAISE_EVERY: Millis = 100
/** And where others have changed something. */
const HEARD_EVERY: Millis = 1_000

/** Marks are of one process. `store` has rows that are kept in no memory. */
export function highWater({ store, clock, logger, lease, journal, markRow }: HighWaterOptions): HighWater {
  // As everything that is heard; sessions end by the other one.
  const timing = store.channels?.clock ?? clock
  // One process has the store to itself: it looks when it is asked something, and each end counts.
  const isShared = store.channels !== undefined
  const since = clock.now() - REMEMBERS
  const ends = latestEnds((journal?.kept ?? []).filter(({ at }) => at > since))
  const listeners: ((ends: readonly PendingEnd[]) => void)[] = []
  let closedUntil = Number.NEGATIVE_INFINITY
  let isClosed = false

  const holds = (): boolean => timing.monotonic() < closedUntil
  function rewound(): void {
    marks.forget()
    closedUntil = timing.monotonic() + lease / 2
    const again = ends.all()
    logger.error(
      { ends: again.length },
      'the session store has gone back in time: a backup was restored, or it has lost what it had taken. The ends that this node remembers are made again; end all sessions if it may have lost others',
    )
    for (const listener of listeners) listener(again)
  }
  async function look(): Promise<void> {
    if (await marks.stand()) marks.raiseDue()
    else rewound()
  }
  const doubts = openDoubts({ timing, look, isQuiet: () => !isShared || marks.count() === 0 })
  const marks = openMarks({
    store,
    clock,
    timing,
    logger,
    markRow,
    known: journal?.marks ?? [],
    onChange: (known: readonly Mark[]) => journal?.marked(known),
    onFallen: rewound,
    onRaised: doubts.schedule,
  })
  const isSettled = (): boolean => doubts.areSettled() && !holds()
  async function settle(): Promise<void> {
    await doubts.settle().catch((cause: unknown) => Promise.reject(storeUnavailable(cause)))
    if (holds()) throw storeUnavailable(new Error('The store has gone back in time. The ends that it has forgotten are being made again.'))
  }

  if (marks.count() > 0) doubts.raise()
  return Object.freeze({
    took(end: PendingEnd): void {
      ends.add(end)
      journal?.keep(end)
      marks.raiseEvery(end.key, isShared ? RAISE_EVERY : 0)
    },
    heard: (id: string) => marks.raiseWithin(id, HEARD_EVERY),
    doubt(): void {
      if (marks.count() === 0 || isClosed) return
      doubts.raise()
      // At once, and not when somebody asks: other nodes wait for the ends that this one remembers.
      doubts.look().catch(() => undefined)
    },
    settled(): Promise<void> | undefined {
      if (!isShared && marks.count() > 0 && doubts.sinceLook() >= LOOK_EVERY) doubts.raise()
      return isSettled() ? undefined : settle()
    },
    isSettled,
    holds,
    onRewound: (listener: (ends: readonly PendingEnd[]) => void) => void listeners.push(listener),
    close(): void {
      isClosed = true
      doubts.close()
      marks.close()
    },
  })
}
