import type { Clock, Millis } from '../../clock.js'
import { SETTLES_FOR } from '../store.js'
import { UNKNOWN_CARRIER } from './wire.js'

/** Which connection carried the last write to each bucket, or the last read of it: 1,024 entries at most. */
export interface Written {
  /** A write was answered over this carrier. */
  note(bucket: string, carrier: string): void
  /** A write was not answered: whether and where it was done is not known. */
  lose(bucket: string): void
  /**
   * The bucket was read over this carrier: others may have written to it after our own last write. What was seen there, such as an end
   * that somebody else has made, is as far as that place has come, and no other (decision 0022).
   */
  read(bucket: string, carrier: string): void
  /** Whether others may have written since our own last write: to count copies of that a write of our own has to come first. */
  isBehind(bucket: string): boolean
  /** The one carrier of everything that may still have to be settled; `UNKNOWN_CARRIER` if there is more than one; undefined if nothing was written or read. */
  carrierOf(bucket: string): string | undefined
}

interface Entry {
  readonly carrier: string
  at: Millis
  /** Until then a write over an earlier carrier may still be settled, and could be taken for this one. */
  readonly doubtfulUntil: Millis
  readonly isBehind: boolean
}

export function written(clock: Clock): Written {
  const entries = new Map<string, Entry>()

  const note = (bucket: string, carrier: string, isBehind: boolean): void => {
    const at = clock.monotonic()
    const before = entries.get(bucket)
    // As nearly always: one read after another.
    if (before !== undefined && before.carrier === carrier && before.isBehind === isBehind) {
      before.at = at
      return
    }
    const isSame = before === undefined || before.carrier === carrier || at - before.at > SETTLES_FOR
    const doubtfulUntil = isSame ? (before?.doubtfulUntil ?? at) : at + SETTLES_FOR
    entries.set(bucket, { carrier, at, doubtfulUntil, isBehind })
  }
  return {
    note: (bucket, carrier) => note(bucket, carrier, false),
    read: (bucket, carrier) => note(bucket, carrier, true),
    isBehind: (bucket) => entries.get(bucket)?.isBehind ?? true,
    lose: (bucket) => note(bucket, UNKNOWN_CARRIER, false),
    carrierOf(bucket) {
      const entry = entries.get(bucket)
      // Nobody asks about a write that long ago any more, but perhaps about what another node has written since.
      if (entry === undefined || clock.monotonic() - entry.at > SETTLES_FOR) return undefined
      return clock.monotonic() < entry.doubtfulUntil ? UNKNOWN_CARRIER : entry.carrier
    },
  }
}
