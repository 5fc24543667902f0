import * as crypto from 'node:crypto'

// Stands in for `node:crypto` in the built simulation (scripts/simulation/build.mjs), where it was a third of the time. Nodes that
// share a key compute the same tags and the same derived keys again and again, each history anew: what was computed once is
// remembered. All of it are functions of their input alone, so that nothing is different but the time; a test compares both ways.

export { createHash } from 'node:crypto'
export { createCipheriv, createDecipheriv } from './marked-crypto.js'

/** Texts that are remembered of each kind; then they are forgotten all at once. More would cost more in the collector than they save. */
const MOST = 500

function memory<Value>() {
  const known = new Map<string, Value>()
  return (name: string, make: (name: string) => Value): Value => {
    const before = known.get(name)
    if (before !== undefined) return before
    if (known.size >= MOST) known.clear()
    const made = make(name)
    known.set(name, made)
    return made
  }
}

type Memory<Value> = ReturnType<typeof memory<Value>>

/** What one key has been used for. A key that is remembered is the same object for all nodes. */
interface Uses {
  readonly derived: Memory<ArrayBuffer>
  readonly tags: Memory<string>
}

const keys = memory<crypto.KeyObject>()
const hashes = memory<string>()
const uses = new WeakMap<crypto.KeyObject, Uses>()

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

function usesOf(key: crypto.KeyObject): Uses {
  const known = uses.get(key)
  if (known !== undefined) return known
  const made = { derived: memory<ArrayBuffer>(), tags: memory<string>() }
  uses.set(key, made)
  return made
}

export function createSecretKey(bytes: Uint8Array): crypto.KeyObject {
  return keys(textOf(bytes), () => crypto.createSecretKey(bytes))
}

/** `deriveKey` of src/crypto/hash.ts asks for the same digest, salt and length always. */
export function hkdfSync(digest: 'sha256', key: crypto.KeyObject, salt: '', info: string, length: 32): ArrayBuffer {
  return usesOf(key).derived(info, () => crypto.hkdfSync(digest, key, salt, info, length))
}

const sha256 = (text: string): string => crypto.createHash('sha256').update(text).digest('base64url')

/** What `sha256` of src/crypto/hash.ts uses of it: it asks for no other algorithm, and no other encoding. */
export const hash = (_algorithm: 'sha256', text: string, _encoding: 'base64url'): string => hashes(text, sha256)

/** What `mac` of src/crypto/hash.ts uses of it. */
interface Hmac {
  update(text: string): Hmac
  digest(encoding: 'base64url'): string
}

/** `mac` asks for SHA-256 only. */
export function createHmac(digest: 'sha256', key: crypto.KeyObject): Hmac {
  let text = ''
  const hmac: Hmac = {
    update(more) {
      text += more
      return hmac
    },
    digest: (encoding) => usesOf(key).tags(text, () => crypto.createHmac(digest, key).update(text).digest(encoding)),
  }
  return hmac
}
