import { type Clock, type Millis, nextTurn } from '../clock.js'

/** Repeats `attempt` while another process is in the way, at most until `limit` after `since` (now, if left out). */
export type UntilFree = <T>(attempt: () => T, since?: Millis) => Promise<T>

export interface UntilFreeOptions {
  readonly clock: Clock
  readonly limit: Millis
  /** Whether what `attempt` threw can pass by itself. */
  readonly isBusy: (fault: unknown) => boolean
}

/** One try is made at once, however late it is; other work of this process runs between two tries. */
export function untilFree({ clock, limit, isBusy }: UntilFreeOptions): UntilFree {
  return async (attempt, since = clock.monotonic()) => {
    for (;;) {
      try {
        return attempt()
      } catch (fault) {
        if (!isBusy(fault) || clock.monotonic() - since >= limit) throw fault
      }
      await nextTurn(clock)
    }
  }
}
