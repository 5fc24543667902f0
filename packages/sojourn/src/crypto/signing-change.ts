import type { Millis } from '../clock.js'
import { deriveKey, type Key, keyFrom } from './hash.js'
import type { Random } from './random.js'
import type { RingContent, SigningKey } from './ring.js'
import { kidOf, pairSigner } from './signer.js'

/** Names of killed keys that are kept. Nobody holds a token of an older one. */
const MAX_KILLED = 200
/** One rotation a day keeps ten; beyond this somebody rotates in a circle. */
const MAX_SIGNING = 64
const SECRET_BYTES = 32
const MAX_DRAWS = 8

type PairAlgorithm = SigningKey['algorithm']

function drawn(kidKey: Key, algorithm: PairAlgorithm, random: Random): string {
  for (let draws = 0; draws < MAX_DRAWS; draws++) {
    const secret = Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url')
    try {
      pairSigner(kidKey, algorithm, secret)
      return secret
    } catch (error) {
      // Not a number of this curve: the next draw is.
      if (draws === MAX_DRAWS - 1) throw error
    }
  }
  throw new RangeError('No private key was drawn.')
}

/**
 * Adds a key that signs from `from` on, and takes out those whose last token has expired: whose successor signs for longer
 * than `life`. It is in the published set at once, so that whoever verifies knows it before the first token comes.
 */
export function withSigningKey(
  content: RingContent,
  algorithm: PairAlgorithm,
  at: { readonly from: Millis; readonly now: Millis; readonly life: Millis },
  kidKey: Key,
  random: Random,
): RingContent {
  const known = content.signing ?? []
  const kept = known.filter((_key, index) => {
    const next = known[index + 1]
    return next === undefined || next.from + at.life > at.now
  })
  if (kept.length >= MAX_SIGNING) return content
  const added: SigningKey = { algorithm, secret: drawn(kidKey, algorithm, random), from: at.from }
  return { ...content, revision: content.revision + 1, signing: [...kept, added] }
}

/** For a ring that is made of configured keys anew at each start: the same signing keys on every node. */
export function withDerivedSigningKeys(content: RingContent, algorithm: PairAlgorithm): RingContent {
  const signing = content.token.map(({ secret, from }): SigningKey => {
    const key = deriveKey(keyFrom(Buffer.from(secret, 'base64url')), `sojourn/signing/${algorithm}`)
    return { algorithm, secret: key.export().toString('base64url'), from }
  })
  return { ...content, revision: content.revision + 1, signing }
}

/** Takes a signing key out for good and remembers its name, so that nothing under it is accepted again, configured or not. */
export function withoutSigningKey(content: RingContent, kid: string, kidKey: Key, now: Millis): RingContent {
  if (content.killed?.some((one) => one.kid === kid) === true) return content
  return {
    ...content,
    revision: content.revision + 1,
    signing: (content.signing ?? []).filter(({ algorithm, secret }) => kidOf(kidKey, algorithm, secret) !== kid),
    killed: [...(content.killed ?? []), { kid, at: now }].slice(-MAX_KILLED),
  }
}
