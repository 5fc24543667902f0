import type { KeyInfo } from '../crypto/ring.js'
import type { Engine } from './engine.js'

/** The keys of the ring, and the names of configured secrets that sign. */
export function listKeys({ keys, signing }: Pick<Engine, 'keys' | 'signing'>): readonly KeyInfo[] {
  const kept = keys.list()
  const configured = signing
    .filter(({ kid }) => kept.every(({ id }) => id !== kid))
    .map(({ kid }): KeyInfo => ({ id: kid, use: 'signing', state: kid === signing[0]?.kid ? 'active' : 'decrypt-only', since: 0 }))
  return [...kept, ...configured]
}
