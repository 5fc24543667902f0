import type { CancelTimer, Clock, Millis } from '../clock.js'
import { type Keys, lastingKeys } from '../crypto/keys.js'
import type { Random } from '../crypto/random.js'
import { type KeyInfo, kidKeyOf, type Ring, type RingContent, ringOf } from '../crypto/ring.js'
import { joined, withDataKey, withoutDataKeys, withTokenKey } from '../crypto/ring-change.js'
import { withDerivedSigningKeys, withoutSigningKey, withSigningKey } from '../crypto/signing-change.js'
import { SessionError } from '../errors.js'
import type { Logger } from '../events/log.js'
import type { KeptRing, RingHome } from './ring-home.js'

/** The keys, and what changes them. */
export interface KeyHolder extends Keys {
  /** Looks whether another node has changed the ring. */
  refresh(): Promise<void>
  /** Adds new keys, which become active when every node has had time to see them. */
  rotate(): Promise<readonly KeyInfo[]>
  /** The same, if the active data key is as old as the configured interval. */
  rotateIfDue(): Promise<void>
  /** Takes data keys out for good. Records that are still sealed under them cannot be opened any more. */
  destroy(ids: ReadonlySet<string>): Promise<void>
  /** Makes sure that what this process knows of the ring is not older than `age`: a key killed elsewhere is refused from then on. */
  fresh(age: Millis): Promise<void>
  /** Looks at the ring in the store again at once, however lately that was done. Rejects if that fails, and goes on trying. */
  reload(): Promise<void>
  /** Takes a signing key out for good, and puts a new one in the place of a key pair. Other processes follow within `fresh`. */
  kill(kid: string): Promise<void>
  list(): readonly KeyInfo[]
  stop(): void
}

/** A node that meets a record under a data key that it does not know asks for it at once, so these need only a head start. */
const DATA_PENDING: Millis = 5_000
/** A token under an unknown key is refused without a question, so every node must have it long before it is used. */
const TOKEN_PENDING: Millis = 120_000
const REFRESH_EVERY: Millis = 50_000
/** A record under a key that nobody has must not become a question to the store at each request. */
const MIN_REFRESH_GAP: Millis = 1_000
const MAX_TRIES = 32

export interface KeyHolderOptions {
  readonly home: RingHome
  readonly first: () => RingContent
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Longest life of a token: how long a replaced token key is kept. */
  readonly tokenLife: Millis
  /** Age at which a data key is replaced; undefined for never. */
  readonly rotateEvery: Millis | undefined
  /** The key pairs that tokens are signed with, and how long such a token lives at most; undefined where none are. */
  readonly signing?: { readonly algorithm: 'EdDSA' | 'ES256'; readonly life: Millis }
  /** Whether the keys are those that were configured: new ones would be known to this process alone. */
  readonly isFixed: boolean
  /** Whether other processes may change the ring. */
  readonly isShared: boolean
}

async function openFirst({ home, first }: KeyHolderOptions): Promise<KeptRing> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const kept = await home.load()
    if (kept !== undefined && !kept.isStale) return kept
    await home.save(kept?.content ?? first(), kept)
  }
  throw new SessionError('STORE_UNAVAILABLE', 'The key ring could not be stored: others change it all the time.')
}

function withNewKeys(options: KeyHolderOptions, content: RingContent): RingContent {
  const { clock, random, isShared, tokenLife } = options
  const now = clock.now()
  const more = withDataKey(content, now + (isShared ? DATA_PENDING : 0), random)
  const both = withTokenKey(more, now + (isShared ? TOKEN_PENDING : 0), now, tokenLife, random)
  // Also where no other node is: who verifies by the published keys must find one there before the first token comes.
  return options.signing === undefined ? both : signed(options, both, now + TOKEN_PENDING)
}

function signed({ clock, random, signing }: KeyHolderOptions, content: RingContent, from: Millis): RingContent {
  if (signing === undefined) return content
  const at = { from, now: clock.now(), life: signing.life }
  return withSigningKey(content, signing.algorithm, at, kidKeyOf(content.root), random)
}

/** A ring out of which tokens can be signed. */
function ableToSign(options: KeyHolderOptions, content: RingContent): RingContent {
  const { signing, isFixed, clock } = options
  if (signing === undefined || content.signing?.some(({ algorithm }) => algorithm === signing.algorithm) === true) return content
  return isFixed ? withDerivedSigningKeys(content, signing.algorithm) : signed(options, content, clock.now())
}

function fixedKeys(): SessionError {
  return new SessionError(
    'CONFIG_INVALID',
    'keys: this store cannot be walked over, so its keys are those that are configured. Give the new key as `keys.master` and the old one in `keys.previous`, on every node.',
    { path: 'keys' },
  )
}

/** Whether the newest data key is as old as the configured interval. */
function isDue({ clock, rotateEvery }: KeyHolderOptions, content: RingContent): boolean {
  return rotateEvery !== undefined && (content.data[content.data.length - 1]?.from ?? 0) + rotateEvery <= clock.now()
}

/** Opens the ring, or makes the first one, and keeps it fresh. */
export async function keyHolder(options: KeyHolderOptions): Promise<KeyHolder> {
  const { home, clock, random, logger } = options
  let kept = await openFirst(options)
  let ring: Ring = ringOf(kept.content, random)
  const lasting = lastingKeys(kept.content.root)
  let refreshing: Promise<void> | undefined
  let lastTry = clock.monotonic()
  let lastLoad = lastTry
  let timer: CancelTimer | undefined
  let retry: CancelTimer | undefined
  let isStopped = false

  function take(next: KeptRing): void {
    // Not by the revision alone: two nodes can have come to the same one with different keys.
    if (JSON.stringify(next.content) !== JSON.stringify(kept.content)) ring = ringOf(next.content, random)
    kept = next
  }
  async function load(tries = MAX_TRIES): Promise<void> {
    const stored = await home.load()
    const content = stored === undefined ? kept.content : joined(kept.content, stored.content)
    if (stored !== undefined && content === stored.content) return take(stored)
    // The store lost the ring or went back in time: what this node knows must not be lost as well.
    logger.warn({}, 'the key ring in the store is missing, or lacks keys of the one in use; storing the one in use')
    if (await home.save(content, stored)) take({ content, version: (stored?.version ?? 0) + 1, isStale: false })
    // Another node stored what it knows at the same moment: what this one knows more must go in as well.
    else if (tries > 1) await load(tries - 1)
  }
  function reload(): Promise<void> {
    refreshing ??= readAgain().finally(() => {
      refreshing = undefined
    })
    return refreshing
  }
  /** Until it works: what this process alone knows of the ring may have to be stored again. */
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
  async function readAgain(): Promise<void> {
    const asked = clock.monotonic()
    lastTry = asked
    await load()
    lastLoad = asked
  }
  function refresh(): Promise<void> {
    if (refreshing === undefined && clock.monotonic() - lastTry < MIN_REFRESH_GAP) return Promise.resolve()
    return reload()
  }
  async function change(edit: (content: RingContent) => RingContent): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const over = await home.load()
      if (over === undefined) {
        await load()
        continue
      }
      const content = edit(joined(kept.content, over.content))
      if (content === over.content) return take(over)
      if (await home.save(content, over)) return take({ content, version: over.version + 1, isStale: false })
    }
    throw new SessionError('CONFLICT', 'The key ring is being changed by too many at once. Try again.', { retryAfter: 1 })
  }
  function schedule(): void {
    if (isStopped) return
    timer = clock.after(REFRESH_EVERY, () => {
      refresh()
        .catch((error: unknown) => logger.warn({ error: String(error) }, 'the key ring could not be read again; using the one at hand'))
        .finally(schedule)
    })
  }

  if (ableToSign(options, kept.content) !== kept.content) await change((content) => ableToSign(options, content))
  if (options.isShared) schedule()
  return Object.freeze<KeyHolder>({
    ...lasting,
    ring: () => ring,
    refresh,
    async rotate(): Promise<readonly KeyInfo[]> {
      if (options.isFixed) throw fixedKeys()
      await change((content) => withNewKeys(options, content))
      return ring.list(clock.now())
    },
    async rotateIfDue(): Promise<void> {
      if (isDue(options, kept.content)) await change((content) => (isDue(options, content) ? withNewKeys(options, content) : content))
    },
    destroy: (ids) => change((content) => withoutDataKeys(content, ids, clock.now())),
    fresh: (age) => (!options.isShared || clock.monotonic() - lastLoad < age ? Promise.resolve() : reload()),
    reload: () => (options.isShared ? reloadInTheEnd() : Promise.resolve()),
    async kill(kid): Promise<void> {
      if (options.isFixed) throw fixedKeys()
      await change((content) => {
        const without = withoutSigningKey(content, kid, lasting.kid, clock.now())
        return ableToSign(options, without)
      })
    },
    list: () => ring.list(clock.now()),
    stop(): void {
      isStopped = true
      timer?.()
      retry?.()
    },
  })
}
