import type { CancelTimer, Clock, Millis } from '../clock.js'
import type { Logger } from '../events/log.js'
import type { Row, Store } from '../store/store.js'

/** A row that this process raises with its ends: a store in which it stands lower has lost something that it had taken. */
export interface Mark {
  readonly id: string
  /** What the store has said that it has. */
  readonly version: number
  readonly createdAt: Millis
  readonly expiresAt: Millis
}

/** The marks of this process, one in each place of the store that takes writes. */
export interface Marks {
  /** How many places there are. */
  count(): number
  /** Something was written to the place of this row: its mark is raised, at once unless one was in the last `every`. */
  raiseEvery(near: string, every: Millis): void
  /** The same, `wait` from now at the latest, once for all that comes meanwhile. */
  raiseWithin(near: string, wait: Millis): void
  /** Raises those that could not be raised before. */
  raiseDue(): void
  /** Whether each of them stands in the store as high as the store has said. Throws what the store throws. */
  stand(): Promise<boolean>
  /** What stood before is known no more: from here on there are other marks. */
  forget(): void
  close(): void
}

export interface MarksOptions {
  readonly store: Store
  /** The one that sessions end by. */
  readonly clock: Clock
  /** The one that is waited by. */
  readonly timing: Clock
  readonly logger: Logger
  /** What an earlier process left. */
  readonly known: readonly Mark[]
  /** Makes the row of a mark; with an id, in the place of one that stands. */
  readonly markRow: (near: string, mark: Mark | undefined) => Row
  readonly onChange: (marks: readonly Mark[]) => void
  /** The store does not have what it said that it has. */
  readonly onFallen: () => void
  /** A mark was raised, or could not be. */
  readonly onRaised: () => void
}

/** Places that take writes: more than any cluster has. */
const MOST_PLACES = 1_024

interface Placed {
  /** A row that lies there. */
  near: string
  mark: Mark | undefined
  /** Something came that the mark is not raised for yet. */
  isDue: boolean
  raising: Promise<void> | undefined
}

/** The places, by name; one whose name is gone is looked at no more, and met again as a new one. */
function openPlaces(store: Store) {
  const places = new Map<string, Placed>()
  return {
    size: () => places.size,
    all: () => [...places.values()],
    of(near: string): Placed {
      const name = store.channels?.of(near)?.name ?? ''
      const known = places.get(name)
      if (known !== undefined) {
        known.near = near
        return known
      }
      const [oldest] = places.size >= MOST_PLACES ? places.keys() : []
      if (oldest !== undefined) places.delete(oldest)
      const made: Placed = { near, mark: undefined, isDue: false, raising: undefined }
      places.set(name, made)
      return made
    },
  }
}

/** Whether the store has what it said that it has. */
async function stillStands(store: Store, place: Placed, mark: Mark): Promise<boolean> {
  const row = await store.get(mark.id)
  if (row === undefined || row.version < mark.version) return false
  if (row.version > mark.version) place.mark = { ...mark, version: row.version }
  return true
}

async function stands({ store, clock }: MarksOptions, place: Placed): Promise<boolean> {
  await place.raising
  const { mark } = place
  return mark === undefined || mark.expiresAt <= clock.now() || (await stillStands(store, place, mark))
}

/** Raises one mark by one write. `changed` is called once it stands. */
async function raiseMark(options: MarksOptions, place: Placed, changed: () => void): Promise<void> {
  const { store, clock, logger, markRow, onFallen } = options
  place.isDue = false
  const before = place.mark === undefined || place.mark.expiresAt <= clock.now() ? undefined : place.mark
  const row = markRow(place.near, before)
  try {
    const isThere = before === undefined ? (await store.insert(row)) > 0 : await store.replace(row)
    if (!isThere) {
      // Sealed anew meanwhile with another key, say: then it stands higher, and is raised from there.
      if (before !== undefined && !(await stillStands(store, place, before))) onFallen()
      place.isDue = place.mark !== undefined
      return
    }
    const { id, version, createdAt, expiresAt } = row
    place.mark = { id, version, createdAt, expiresAt }
    changed()
  } catch (error) {
    // It may have been raised all the same; the next look tells.
    place.isDue = true
    logger.info({ error: String(error) }, 'the mark of this node could not be raised')
  }
}

/** `store` has rows that are kept in no memory. */
export function openMarks(options: MarksOptions): Marks {
  const { store, timing, known, onChange, onRaised } = options
  const places = openPlaces(store)
  let timer: CancelTimer | undefined
  /** When marks were raised last, and will be next. */
  let raisedAt = Number.NEGATIVE_INFINITY
  let raisesAt = Number.POSITIVE_INFINITY
  let isClosed = false
  for (const mark of known) places.of(mark.id).mark = mark

  const changed = (): void => onChange(places.all().flatMap(({ mark }) => (mark === undefined ? [] : [mark])))
  async function runRaises(place: Placed): Promise<void> {
    // What comes while it is under way is marked by the next one; what could not be marked, after the next look.
    for (let isAgain = true; isAgain; ) {
      const before = place.mark
      await raiseMark(options, place, changed)
      isAgain = place.isDue && place.mark !== before
    }
    place.raising = undefined
    onRaised()
  }
  function raiseNow(place: Placed): void {
    place.isDue = true
    if (!isClosed) place.raising ??= runRaises(place)
  }
  function raiseDue(): void {
    for (const place of places.all()) if (place.isDue) raiseNow(place)
  }
  function raiseWithin(near: string, wait: Millis): void {
    places.of(near).isDue = true
    if (isClosed || raisesAt <= timing.monotonic() + wait) return
    timer?.()
    raisesAt = timing.monotonic() + wait
    timer = timing.after(wait, () => {
      raisesAt = Number.POSITIVE_INFINITY
      raisedAt = timing.monotonic()
      raiseDue()
    })
  }
  return Object.freeze({
    count: places.size,
    raiseEvery(near: string, every: Millis): void {
      const wait = raisedAt + every - timing.monotonic()
      if (wait > 0) {
        raiseWithin(near, wait)
        return
      }
      raisedAt = timing.monotonic()
      raiseNow(places.of(near))
    },
    raiseWithin,
    raiseDue,
    stand: async () => !(await Promise.all(places.all().map((place) => stands(options, place)))).includes(false),
    forget(): void {
      for (const place of places.all()) place.mark = undefined
      changed()
    },
    close(): void {
      isClosed = true
      timer?.()
    },
  })
}
