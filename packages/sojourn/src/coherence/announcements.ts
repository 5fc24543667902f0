/** What this node has said of its own changes, until it hears itself say it. */
export interface Announcements {
  /** The message that goes with a change. */
  message(id: string, version: number): string
  /** The change was not made, or nobody knows. */
  dropped(id: string): void
  heard(id: string, version: number): void
  /** Nothing can be heard at present: what was said before is not waited for any more. */
  lost(): void
  /**
   * Whether something that was said of this row has not come back. After a later message has, this means that the store did not send it:
   * somebody has put a store before it that leaves the message out. `upTo`: what was said of a later version may still be under way.
   */
  isMissing(id: string, upTo: number): boolean
}

/** More changes are under way in no process; the oldest one is not waited for any more. */
const MOST_WAITING = 10_000

export function announcements(encode: (id: string, version: number) => string): Announcements {
  const waiting = new Map<string, number>()
  return Object.freeze({
    message(id: string, version: number): string {
      waiting.set(id, version)
      if (waiting.size > MOST_WAITING) {
        const [oldest] = waiting.keys()
        if (oldest !== undefined) waiting.delete(oldest)
      }
      return encode(id, version)
    },
    dropped(id: string): void {
      waiting.delete(id)
    },
    heard(id: string, version: number): void {
      const expected = waiting.get(id)
      if (expected !== undefined && expected <= version) waiting.delete(id)
    },
    lost: () => waiting.clear(),
    isMissing: (id: string, upTo: number) => (waiting.get(id) ?? Number.POSITIVE_INFINITY) <= upTo && waiting.has(id),
  })
}
