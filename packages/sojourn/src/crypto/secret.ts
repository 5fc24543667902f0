import { equal, sha256 } from './hash.js'
import { systemRandom } from './random.js'

const random = systemRandom()

/** 256 random bits as 43 base64url characters, for keys of services and the like. */
export function randomSecret(): string {
  return Buffer.from(random.bytes(32)).toString('base64url')
}

/** Whether two secrets are equal, in a time that tells nothing about either. */
export function secretsEqual(a: string, b: string): boolean {
  return equal(sha256(a), sha256(b))
}
