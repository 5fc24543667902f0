import type { CancelTimer, Millis } from '../clock.js'
import { type Keys, lastingKeys } from '../crypto/keys.js'
import { type KeyInfo, kidKeyOf, type RingContent } from '../crypto/ring.js'
import { withDataKey, withoutDataKeys, withTokenKey } from '../crypto/ring-change.js'
import { withDerivedSigningKeys, withoutSigningKey, withSigningKey } from '../crypto/signing-change.js'
import { SessionError } from '../errors.js'
import { type HeldRingOptions, holdRing } from './held-ring.js'

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

export interface KeyHolderOptions extends HeldRingOptions {
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
  const { clock, logger, isShared } = options
  const held = await holdRing(options)
  const lasting = lastingKeys(held.content().root)
  let timer: CancelTimer | undefined
  let isStopped = false

  const mayChange = (): void => {
    if (options.isFixed) throw fixedKeys()
  }
  function schedule(): void {
    if (isStopped) return
    timer = clock.after(REFRESH_EVERY, () => {
      held
        .refresh()
        .catch((error: unknown) => logger.warn({ error: String(error) }, 'the key ring could not be read again; using the one at hand'))
        .finally(schedule)
    })
  }
  if (ableToSign(options, held.content()) !== held.content()) await held.change((content) => ableToSign(options, content))
  if (isShared) schedule()
  return Object.freeze<KeyHolder>({
    ...lasting,
    ring: held.ring,
    refresh: held.refresh,
    async rotate(): Promise<readonly KeyInfo[]> {
      mayChange()
      await held.change((content) => withNewKeys(options, content))
      return held.ring().list(clock.now())
    },
    async rotateIfDue(): Promise<void> {
      const rotated = (content: RingContent): RingContent => (isDue(options, content) ? withNewKeys(options, content) : content)
      if (isDue(options, held.content())) await held.change(rotated)
    },
    destroy: (ids) => held.change((content) => withoutDataKeys(content, ids, clock.now())),
    fresh: (age) => (!isShared || held.age() < age ? Promise.resolve() : held.reload()),
    reload: () => (isShared ? held.reloadInTheEnd() : Promise.resolve()),
    async kill(kid): Promise<void> {
      mayChange()
      await held.change((content) => ableToSign(options, withoutSigningKey(content, kid, lasting.kid, clock.now())))
    },
    list: () => held.ring().list(clock.now()),
    stop(): void {
      isStopped = true
      timer?.()
      held.stop()
    },
  })
}
