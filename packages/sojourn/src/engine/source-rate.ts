import type { Clock, Millis } from '../clock.js'
import { addressBlock } from '../input/address.js'

/** Counts what each source does. A source is what one subscriber has: an IPv4 address, or a /64 of IPv6. */
export interface SourceRate {
  /** Counts one more; answers the seconds to wait if that is too many, else undefined. An address that is not known is not counted. */
  note(ipAddress: string | undefined): number | undefined
}

const WINDOW: Millis = 60_000
/** About 2 MiB. When more sources come within a minute the oldest are forgotten: the memory is bounded before the count is exact. */
const MAX_SOURCES = 20_000

/** Counts in fixed windows of a minute, in this process. */
export function sourceRate(clock: Clock, most: number): SourceRate {
  const windows = new Map<string, { readonly since: Millis; readonly count: number }>()
  return Object.freeze({
    note(ipAddress: string | undefined): number | undefined {
      const source = ipAddress === undefined ? undefined : addressBlock(ipAddress)
      if (source === undefined) return undefined
      const now = clock.monotonic()
      const before = windows.get(source)
      const window = before === undefined || now - before.since >= WINDOW ? { since: now, count: 0 } : before
      if (window.count >= most) return Math.max(1, Math.ceil((window.since + WINDOW - now) / 1_000))
      // Set anew, so that the order of the map is that of the last use.
      windows.delete(source)
      windows.set(source, { since: window.since, count: window.count + 1 })
      // Looked for only then: the map keeps a gap for each entry that was set anew, and begins its search before all of them.
      const oldest = windows.size > MAX_SOURCES ? windows.keys().next().value : undefined
      if (oldest !== undefined) windows.delete(oldest)
      return undefined
    },
  })
}
