import type { Duration } from './config.js'

/** Device Bound Session Credentials (W3C draft): a stolen cookie is worth nothing without the browser that it was given to. */
export interface DeviceBoundOptions {
  /** Whether browsers that can are asked to bind their session. Others go on as before. @default false */
  readonly enabled?: boolean
  /** Name of the short cookie. @default '__Host-id-bound' */
  readonly cookieName?: string
  /** How long a short cookie is good for: the longest that a thief can use one. @default '10m' */
  readonly cookieMaxAge?: Duration
  /** How long a challenge can be answered; longer than `cookieMaxAge`. @default '15m' */
  readonly challengeTtl?: Duration
  /** How long after its registration a bound session is still good without the short cookie, for requests under way. @default '30s' */
  readonly grace?: Duration
  /** Where `register` and `refresh` are served. @default '/auth/dbsc' */
  readonly path?: string
  /** Signatures that browsers may use: `ES256`, and `RS256` with keys from 2,048 bits on. @default ['ES256'] */
  readonly algorithms?: readonly ('ES256' | 'RS256')[]
}

/** Tokens that are bound to a key of the client (RFC 9449). */
export interface DpopOptions {
  /** Whether sessions can be bound to a key at their creation. Without it, sessions that are bound are refused. @default false */
  readonly enabled?: boolean
  /** Origin under which clients reach the application, or several; paths are resolved against the first. Needed where DPoP is enabled. */
  readonly publicUrl?: string | readonly string[]
  /** How old a proof may be. @default '2m' */
  readonly proofLifetime?: Duration
  /** When a proof must be made over a nonce of ours, so that none can be made in advance. @default 'renewal' */
  readonly nonce?: 'never' | 'renewal' | 'always'
}
