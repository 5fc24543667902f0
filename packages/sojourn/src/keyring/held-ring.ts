import type { CancelTimer, Clock, Millis } from '../clock.js'
import type { Random } from '../crypto/random.js'
import { type Ring, type RingContent, ringOf } from '../crypto/ring.js'
import { joined } from '../crypto/ring-change.js'
import { SessionError } from '../errors.js'
import type { Logger } from '../events/log.js'
import type { KeptRing, RingHome } from './ring-home.js'

/** The ring of this process, and how it keeps in step with the one in its home. */
export interface HeldRing {
  ring(): Ring
  content(): RingContent
  /** How long ago the home was asked last, successfully. */
  age(): Millis
  /** Looks whether another node has changed the ring, unless that was done a moment ago. */
  refresh(): Promise<void>
  /** The same, however lately that was done. */
  reload(): Promise<void>
  /** The same until it works; rejects if the first try fails. */
  reloadInTheEnd(): Promise<void>
  /** Makes a change on top of what is in the home, and what this process knows more. */
  change(edit: (content: RingContent) => RingContent): Promise<void>
  stop(): void
}

export interface HeldRingOptions {
  readonly home: RingHome
  readonly first: () => RingContent
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** A record under a key that nobody has must not become a question to the store at each request. */
const MIN_REFRESH_GAP: Millis = 1_000
const MAX_TRIES = 32

async function openFirst({ home, first }: HeldRingOptions): Promise<KeptRing> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const kept = await home.load()
    if (kept !== undefined && !kept.isStale) return kept
    await home.save(kept?.content ?? first(), kept)
  }
  throw new SessionError('STORE_UNAVAILABLE', 'The key ring could not be stored: others change it all the time.')
}

/** The ring that is known, and what was found in its home put together with it. */
function knownRing({ home, random, logger }: HeldRingOptions, first: KeptRing) {
  let kept = first
  let ring = ringOf(kept.content, random)
  function take(next: KeptRing): void {
    // Not by the revision alone: two nodes can have come to the same one with different keys.
    if (JSON.stringify(next.content) !== JSON.stringify(kept.content)) ring = ringOf(next.content, random)
    kept = next
  }
  async function load(tries = MAX_TRIES): Promise<void> {
    const stored = await home.load()
    const content = stored === undefined ? kept.content : joined(kept.content, stored.content)
    if (stored !== undefined && content === stored.content) {
      take(stored)
      return
    }
    // The store lost the ring or went back in time: what this node knows must not be lost as well.
    logger.warn({}, 'the key ring in the store is missing, or lacks keys of the one in use; storing the one in use')
    if (await home.save(content, stored)) take({ content, version: (stored?.version ?? 0) + 1, isStale: false })
    // Another node stored what it knows at the same moment: what this one knows more must go in as well.
    else if (tries > 1) await load(tries - 1)
  }
  async function change(edit: (content: RingContent) => RingContent): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const over = await home.load()
      if (over === undefined) {
        await load()
        continue
      }
      const content = edit(joined(kept.content, over.content))
      const isThere = content === over.content
      if (!isThere && !(await home.save(content, over))) continue
      take(isThere ? over : { content, version: over.version + 1, isStale: false })
      return
    }
    throw new SessionError('CONFLICT', 'The key ring is being changed by too many at once. Try again.', { retryAfter: 1 })
  }
  return { ring: () => ring, content: () => kept.content, load: () => load(), change }
}

/** Opens the ring in its home, or puts the first one there. */
export async function holdRing(options: HeldRingOptions): Promise<HeldRing> {
  const { clock, logger } = options
  const known = knownRing(options, await openFirst(options))
  let refreshing: Promise<void> | undefined
  let lastTry = clock.monotonic()
  let lastLoad = lastTry
  let retry: CancelTimer | undefined
  let isStopped = false

  async function readAgain(): Promise<void> {
    const asked = clock.monotonic()
    lastTry = asked
    await known.load()
    lastLoad = asked
  }
  function reload(): Promise<void> {
    refreshing ??= readAgain().finally(() => {
      refreshing = undefined
    })
    return refreshing
  }
  /** What this process alone knows of the ring may have to be stored again. */
  async function reloadInTheEnd(): Promise<void> {
    try {
      await reload()
    } catch (error) {
      if (!isStopped) {
        retry?.()
        retry = clock.after(MIN_REFRESH_GAP, () => {
          reloadInTheEnd().catch((again: unknown) => logger.warn({ error: String(again) }, 'the key ring could still not be read again'))
        })
      }
      throw error
    }
  }
  return Object.freeze<HeldRing>({
    ring: known.ring,
    content: known.content,
    age: () => clock.monotonic() - lastLoad,
    async refresh(): Promise<void> {
      if (refreshing !== undefined || clock.monotonic() - lastTry >= MIN_REFRESH_GAP) await reload()
    },
    reload,
    reloadInTheEnd,
    change: known.change,
    stop(): void {
      isStopped = true
      retry?.()
    },
  })
}
