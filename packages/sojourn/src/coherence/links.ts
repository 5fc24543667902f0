import type { CancelTimer, Millis, Reading } from '../clock.js'
import type { Channel, Channels } from '../signal/signal.js'
import type { Freshness } from './freshness.js'
import type { Link } from './link.js'

/**
 * This node's links: one to each place that takes writes now, as far as the last look tells. A row is fresh while the lease of
 * its own place holds; what another place says counts for nothing.
 */
export interface Links extends Freshness {
  /** Looks at once, and from then on again and again, which places take writes. */
  follow(): void
  /** Whether there is a place, and each has given its lease. */
  hold(): boolean
  /** The longest time that a beat took to come back; undefined before the first. */
  lag(): Millis | undefined
  /** Tries to get every lease now. */
  freshenAll(): Promise<void>
  close(): Promise<void>
}

export interface LinksOptions {
  readonly channels: Channels
  readonly open: (channel: Channel, listen: NonNullable<Channel['listen']>) => Link
  /** A place takes no writes any more: what it said of rows is out of date. */
  readonly onGone: () => void
  /** Called after each look. */
  readonly onLook: () => void
  /** Whether the store is known not to answer: then nobody waits for a lease. */
  readonly isSilent: () => boolean
}

/** How often this node looks whether the places that take writes are still the same ones. */
const LOOK_EVERY: Millis = 250

export function links({ channels, open, onGone, onLook, isSilent }: LinksOptions): Links {
  const known = new Map<Channel, Link>()
  /** One of `known`, the one that was asked last: it mostly is the one that is asked next. */
  let latest: Link | undefined
  let timer: CancelTimer | undefined
  let isClosed = false

  /** Undefined where nothing can be heard. */
  function linkTo(channel: Channel): Link | undefined {
    const before = known.get(channel)
    const { listen } = channel
    if (before !== undefined || listen === undefined) return before
    const made = open(channel, listen)
    known.set(channel, made)
    return made
  }
  function follow(): void {
    const now = new Set(channels.all())
    for (const channel of now) linkTo(channel)
    for (const [channel, old] of known) {
      if (now.has(channel)) continue
      known.delete(channel)
      latest = undefined
      onGone()
      void old.close()
    }
    onLook()
    if (!isClosed) timer = channels.clock.after(LOOK_EVERY, follow)
  }
  return Object.freeze({
    isFresh(id: string, reading?: Reading): boolean {
      const channel = channels.of(id)
      if (channel === undefined) return false
      if (latest?.channel !== channel) latest = known.get(channel)
      return latest?.lease.holds(reading) === true
    },
    async freshen(id: string): Promise<boolean> {
      const channel = channels.of(id)
      return channel !== undefined && !isClosed && !isSilent() && (await linkTo(channel)?.freshen()) === true
    },
    follow,
    hold: () => known.size > 0 && [...known.values()].every(({ lease }) => lease.holds()),
    lag(): Millis | undefined {
      const lags = [...known.values()].map((each) => each.lag()).filter((lag) => lag !== undefined)
      return lags.length === 0 ? undefined : Math.max(...lags)
    },
    async freshenAll(): Promise<void> {
      await Promise.all([...known.values()].map((each) => each.freshen()))
    },
    async close(): Promise<void> {
      isClosed = true
      timer?.()
      await Promise.all([...known.values()].map((each) => each.close()))
    },
  })
}
