import type { KeyObject } from 'node:crypto'

// Stands in for AES-256-GCM in the built simulation (scripts/simulation/build.mjs): what is sealed can be read, but opens only under
// the same key, vector and binding, and unchanged. Nobody in the simulation looks at sealed bytes; the same histories with the real
// cipher come to the same end, as a test shows.

const TAG_BYTES = 16
const marks = new WeakMap<KeyObject, number>()

/** FNV-1a over the bytes, continued from `start`. */
function mark(bytes: Uint8Array, start: number): number {
  let hash = start
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
  return hash
}

function markOf(key: KeyObject): number {
  const known = marks.get(key)
  if (known !== undefined) return known
  const made = mark(key.export(), 0x811c9dc5)
  marks.set(key, made)
  return made
}

/** What src/crypto/seal.ts uses of a cipher. */
interface Marking {
  setAAD(binding: Uint8Array): void
  update(bytes: Uint8Array): Buffer
  final(): void
}

function marking(key: KeyObject, vector: Uint8Array) {
  let state = mark(vector, markOf(key))
  return {
    add(bytes: Uint8Array): void {
      state = mark(bytes, Math.imul(state ^ bytes.length, 0x01000193))
    },
    tag(): Buffer {
      const tag = Buffer.alloc(TAG_BYTES)
      tag.writeInt32LE(state)
      return tag
    },
  }
}

export function createCipheriv(_algorithm: string, key: KeyObject, vector: Uint8Array): Marking & { getAuthTag(): Buffer } {
  const { add, tag } = marking(key, vector)
  return {
    setAAD: add,
    update(plain) {
      add(plain)
      return Buffer.from(plain)
    },
    final: () => undefined,
    getAuthTag: tag,
  }
}

export function createDecipheriv(_algorithm: string, key: KeyObject, vector: Uint8Array): Marking & { setAuthTag(tag: Uint8Array): void } {
  const { add, tag } = marking(key, vector)
  let expected = tag()
  return {
    setAAD: add,
    setAuthTag(given) {
      expected = Buffer.from(given)
    },
    update(sealed) {
      add(sealed)
      return Buffer.from(sealed)
    },
    final() {
      if (!tag().equals(expected)) throw new Error('This was not sealed so.')
    },
  }
}
