import type { Millis } from '../clock.js'
import { keyFrom } from './hash.js'
import type { Random } from './random.js'
import { kidKeyOf, type RingContent, type RingKey, TOKEN_SLOTS, type TokenKey } from './ring.js'
import { sealingKey } from './seal.js'
import { kidOf } from './signer.js'

/** Destroyed keys that are still told about. */
const MAX_DESTROYED = 50
const SECRET_BYTES = 32

const draw = (random: Random): string => Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url')

/** The first ring of an installation. `secrets`: given keys, the one to be active first; one is drawn if there are none. */
export function firstRing(root: string, secrets: readonly string[], now: Millis, random: Random): RingContent {
  const keys = (secrets.length === 0 ? [draw(random)] : secrets).map((secret, index): RingKey => ({ secret, from: now - index }))
  return { revision: 1, root, data: [...keys].reverse(), token: [...keys].reverse().map((key, slot) => ({ ...key, slot })), destroyed: [] }
}

/** Adds a data key that becomes active at `from`. */
export function withDataKey(content: RingContent, from: Millis, random: Random): RingContent {
  return { ...content, revision: content.revision + 1, data: [...content.data, { secret: draw(random), from }] }
}

/**
 * Adds a token key that becomes active at `from`, and takes out those whose last token has expired: that is, whose
 * successor became active longer than `life` ago. Answers the ring unchanged while no slot is free.
 */
export function withTokenKey(content: RingContent, from: Millis, now: Millis, life: Millis, random: Random): RingContent {
  const kept = content.token.filter((_key, index) => {
    const next = content.token[index + 1]
    return next === undefined || next.from + life > now
  })
  const newest = kept[kept.length - 1]
  const taken = new Set(kept.map(({ slot }) => slot))
  const slot = ((newest?.slot ?? -1) + 1) % TOKEN_SLOTS
  if (taken.has(slot)) return content
  const added: TokenKey = { secret: draw(random), from, slot }
  return { ...content, revision: content.revision + 1, token: [...kept, added] }
}

/** The id that records sealed under this key carry. */
export function dataKeyId(key: RingKey): string {
  return sealingKey(keyFrom(Buffer.from(key.secret, 'base64url'))).id
}

/** Takes data keys out for good. */
export function withoutDataKeys(content: RingContent, ids: ReadonlySet<string>, now: Millis): RingContent {
  const gone = content.data.map(dataKeyId).filter((id) => ids.has(id))
  if (gone.length === 0) return content
  return {
    ...content,
    revision: content.revision + 1,
    data: content.data.filter((key) => !ids.has(dataKeyId(key))),
    destroyed: [...content.destroyed, ...gone.map((id) => ({ id, at: now }))].slice(-MAX_DESTROYED),
  }
}

/**
 * What a node that knows `known` goes on with where the store has `stored`: just that, unless it is older, or lacks a data key that
 * nobody has destroyed. Two nodes that found the ring lost can each have added keys to what they knew, up to the same revision.
 */
export function joined(known: RingContent, stored: RingContent): RingContent {
  if (stored.revision < known.revision) return merged(known, stored)
  const destroyed = new Set(stored.destroyed.map(({ id }) => id))
  const there = new Set(stored.data.map(({ secret }) => secret))
  const ours = known.data.filter((key) => there.has(key.secret) || !destroyed.has(dataKeyId(key)))
  const isWhole = ours.every(({ secret }) => there.has(secret))
  return isWhole ? stored : merged({ ...known, data: ours }, stored)
}

/** What two nodes know together, when the store's ring is older than one of theirs, as after a restored backup. */
export function merged(a: RingContent, b: RingContent): RingContent {
  const destroyed = new Map([...a.destroyed, ...b.destroyed].map((entry) => [entry.id, entry]))
  const data = new Map([...a.data, ...b.data].map((key) => [key.secret, key]))
  const token = new Map([...a.token, ...b.token].map((key) => [key.slot, key]))
  const killed = new Map([...(a.killed ?? []), ...(b.killed ?? [])].map((entry) => [entry.kid, entry]))
  const kidKey = kidKeyOf(a.root)
  const signing = new Map(
    [...(a.signing ?? []), ...(b.signing ?? [])].map((key) => [kidOf(kidKey, key.algorithm, key.secret), key] as const),
  )
  for (const kid of killed.keys()) signing.delete(kid)
  const byTime = (x: RingKey, y: RingKey): number => x.from - y.from
  return {
    revision: Math.max(a.revision, b.revision) + 1,
    root: a.root,
    data: [...data.values()].sort(byTime),
    token: [...token.values()].sort(byTime),
    signing: [...signing.values()].sort(byTime),
    killed: [...killed.values()],
    destroyed: [...destroyed.values()],
  }
}
