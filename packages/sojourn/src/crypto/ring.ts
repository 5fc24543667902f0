import type { Millis } from '../clock.js'
import { deriveKey, type Key, keyFrom } from './hash.js'
import type { Random } from './random.js'
import { type Opened, type SealingKey, seal, sealingKey, unseal } from './seal.js'
import { pairSigner, type Signer } from './signer.js'

/** A key as it is kept in the ring. `from` is the instant at which it becomes active: before that it is pending. */
export interface RingKey {
  readonly secret: string
  readonly from: Millis
}

/** A key for tokens. Its slot, one character of each token, names it. */
export interface TokenKey extends RingKey {
  readonly slot: number
}

/** A private key for signatures, 32 bytes. */
export interface SigningKey extends RingKey {
  readonly algorithm: 'EdDSA' | 'ES256'
}

/** What is kept, sealed by the master key. Of each kind the newest key whose time has come is active; older ones only open. */
export interface RingContent {
  /** One higher at each change. */
  readonly revision: number
  /** Blinds user ids and addresses; it never changes, or every index would be lost. */
  readonly root: string
  readonly data: readonly RingKey[]
  readonly token: readonly TokenKey[]
  /** Absent in rings that were made before there were any. */
  readonly signing?: readonly SigningKey[]
  /** Names of signing keys, also of configured ones, that nothing is accepted under any more. */
  readonly killed?: ReadonlyArray<{ readonly kid: string; readonly at: Millis }>
  /** Keys that are gone, newest last. */
  readonly destroyed: ReadonlyArray<{ readonly id: string; readonly at: Millis }>
}

export type KeyState = 'pending' | 'active' | 'decrypt-only' | 'destroyed'

/** A key as an operator may see it. */
export interface KeyInfo {
  readonly id: string
  readonly use: 'data' | 'token' | 'signing'
  readonly state: KeyState
  /** When it became active, or will; for a destroyed key when it was destroyed. */
  readonly since: Millis
}

/** As many keys as one character can name. */
export const TOKEN_SLOTS = 64

/** The keys of one revision of the ring, ready for use. */
export interface Ring {
  readonly content: RingContent
  /** Seals under the data key that is active at `now`. */
  seal(plain: Uint8Array, bucket: string, binding: string, now: Millis): Uint8Array
  open(sealed: Uint8Array, bucket: string, binding: string): Opened
  /** Id of the data key that is active at `now`. */
  activeData(now: Millis): string
  /** Slot of the token key that is active at `now`. The same on every node: successors of a token must be. */
  tokenSlot(now: Millis): number
  /** Key for check tags. */
  tagKey(slot: number): Key | undefined
  /** Key for successors of tokens that carry this slot. */
  successorKey(slot: number): Key | undefined
  /** Key for the secrets of access tokens that carry this slot. */
  accessKey(slot: number): Key | undefined
  /** All key pairs, pending ones included. */
  readonly signers: readonly Signer[]
  /** The key pair of this algorithm that signs at `now`. */
  activeSigner(algorithm: SigningKey['algorithm'], now: Millis): Signer | undefined
  list(now: Millis): readonly KeyInfo[]
}

/** The newest key whose time has come; the oldest if none has, as on a machine whose clock is behind. */
function activeOf<Kept extends RingKey>(keys: readonly Kept[], now: Millis): Kept {
  const [oldest] = keys
  if (oldest === undefined) throw new RangeError('The key ring has no key.')
  return keys.reduce((best, key) => (key.from <= now && key.from >= best.from ? key : best), oldest)
}

const stateOf = (key: RingKey, active: RingKey, now: Millis): KeyState =>
  key === active ? 'active' : key.from > now ? 'pending' : 'decrypt-only'

const keyOfText = (secret: string): Key => keyFrom(Buffer.from(secret, 'base64url'))

interface ReadyToken {
  readonly tag: Key
  readonly successor: Key
  readonly access: Key
}

/** Names signing keys; equal on every node. */
export const kidKeyOf = (root: string): Key => deriveKey(keyOfText(root), 'sojourn/kid')

/** Makes a revision of the ring ready for use. */
export function ringOf(content: RingContent, random: Random): Ring {
  const sealing = new Map<RingKey, SealingKey>(content.data.map((key) => [key, sealingKey(keyOfText(key.secret))]))
  const byId = new Map([...sealing.values()].map((key) => [key.id, key]))
  const tokens = new Map<number, ReadyToken>(
    content.token.map(({ slot, secret }) => {
      const key = keyOfText(secret)
      const derive = (purpose: string): Key => deriveKey(key, `sojourn/token/${purpose}`)
      return [slot, { tag: derive('tag'), successor: derive('successor'), access: derive('access') }]
    }),
  )
  const signing = new Map<SigningKey, Signer>(
    (content.signing ?? []).map((key) => [key, pairSigner(kidKeyOf(content.root), key.algorithm, key.secret)]),
  )
  const activeSigning = (algorithm: SigningKey['algorithm'], now: Millis): SigningKey | undefined => {
    const keys = [...signing.keys()].filter((key) => key.algorithm === algorithm)
    return keys.length === 0 ? undefined : activeOf(keys, now)
  }
  const sealer = (now: Millis): SealingKey => {
    const key = sealing.get(activeOf(content.data, now))
    if (key === undefined) throw new RangeError('The key ring has no key.')
    return key
  }
  return Object.freeze({
    content,
    seal: (plain: Uint8Array, bucket: string, binding: string, now: Millis) => seal(sealer(now), random, plain, bucket, binding),
    open: (sealed: Uint8Array, bucket: string, binding: string) => unseal((id) => byId.get(id), sealed, bucket, binding),
    activeData: (now: Millis) => sealer(now).id,
    tokenSlot: (now: Millis) => activeOf(content.token, now).slot,
    tagKey: (slot: number) => tokens.get(slot)?.tag,
    successorKey: (slot: number) => tokens.get(slot)?.successor,
    accessKey: (slot: number) => tokens.get(slot)?.access,
    signers: Object.freeze([...signing.values()]),
    activeSigner(algorithm: SigningKey['algorithm'], now: Millis): Signer | undefined {
      const key = activeSigning(algorithm, now)
      return key === undefined ? undefined : signing.get(key)
    },
    list(now: Millis): readonly KeyInfo[] {
      const activeData = activeOf(content.data, now)
      const activeToken = activeOf(content.token, now)
      return [
        ...content.destroyed.map(({ id, at }): KeyInfo => ({ id, use: 'data', state: 'destroyed', since: at })),
        ...content.data.map(
          (key): KeyInfo => ({ id: sealing.get(key)?.id ?? '', use: 'data', state: stateOf(key, activeData, now), since: key.from }),
        ),
        ...content.token.map(
          (key): KeyInfo => ({ id: `slot-${key.slot}`, use: 'token', state: stateOf(key, activeToken, now), since: key.from }),
        ),
        ...(content.killed ?? []).map(({ kid, at }): KeyInfo => ({ id: kid, use: 'signing', state: 'destroyed', since: at })),
        ...[...signing].map(([key, { kid }]): KeyInfo => {
          const state = stateOf(key, activeSigning(key.algorithm, now) ?? key, now)
          return { id: kid, use: 'signing', state, since: key.from }
        }),
      ]
    },
  })
}
