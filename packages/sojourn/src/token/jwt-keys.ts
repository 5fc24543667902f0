import type { Millis } from '../clock.js'
import type { Ring } from '../crypto/ring.js'
import type { Signer, SigningAlgorithm } from '../crypto/signer.js'

/** The header of every token under one key, as it stands in the token: `typ` is that of RFC 9068 2.1. */
const headerOf = ({ algorithm, kid }: Signer): string =>
  Buffer.from(JSON.stringify({ alg: algorithm, typ: 'at+jwt', kid })).toString('base64url')

/** A header of this form, under whatever key. */
const HEADER = /^\{"alg":"(?:EdDSA|ES256)","typ":"at\+jwt","kid":"([\w-]{16})"\}$/
/** Our headers are shorter. */
const MAX_HEADER = 128

export interface JwtKeys {
  /** The key that signs at `now`, with its header. Undefined if it was killed and nobody has put another in its place. */
  active(now: Millis): { readonly header: string; readonly signer: Signer } | undefined
  /**
   * The key whose tokens begin with exactly this header. Nothing in a header is ever interpreted: it is one of those that
   * we write, letter by letter, or there is no key for it. So there is no algorithm to choose, no address to follow and no
   * extension to understand (RFC 8725 3.1, 3.10; CVE-2022-39227).
   */
  byHeader(header: string): Signer | undefined
  /** All that are good now, pending ones included. */
  all(): readonly Signer[]
}

interface Table {
  readonly ring: Ring
  readonly byHeader: ReadonlyMap<string, Signer>
  readonly headers: ReadonlyMap<Signer, string>
  readonly hmac: Signer | undefined
}

/**
 * The keys of tokens under one issuer: either configured secrets, of which the first signs, or the key pairs of the ring.
 * Never both: who verifies with a public key must not be able to sign with it (RFC 8725 3.2).
 */
export function jwtKeys(ring: () => Ring, algorithm: SigningAlgorithm, secrets: readonly Signer[]): JwtKeys {
  let table: Table | undefined
  function current(): Table {
    const now = ring()
    if (table?.ring === now) return table
    const killed = new Set((now.content.killed ?? []).map(({ kid }) => kid))
    const signers = (algorithm === 'HS256' ? secrets : now.signers).filter(({ kid }) => !killed.has(kid))
    const headers = new Map(signers.map((signer) => [signer, headerOf(signer)]))
    const byHeader = new Map([...headers].map(([signer, header]) => [header, signer]))
    // With the first secret killed the next one must not begin to sign again: it was replaced for a reason.
    table = { ring: now, byHeader, headers, hmac: signers[0] === secrets[0] ? signers[0] : undefined }
    return table
  }
  return Object.freeze({
    active(now: Millis) {
      const { headers, hmac } = current()
      const signer = algorithm === 'HS256' ? hmac : ring().activeSigner(algorithm, now)
      const header = signer === undefined ? undefined : headers.get(signer)
      return signer === undefined || header === undefined ? undefined : { header, signer }
    },
    byHeader: (header: string) => current().byHeader.get(header),
    all: () => [...current().headers.keys()],
  })
}

/** The name of the key in a header that has our form, for a node that may not have heard of the key yet. */
export function kidInHeader(text: string): string | undefined {
  const end = text.indexOf('.')
  if (end < 0 || end > MAX_HEADER) return undefined
  return HEADER.exec(Buffer.from(text.slice(0, end), 'base64url').toString('latin1'))?.[1]
}
