/** What a credential of an older library names, once its signature was found to be right. */
export interface LegacyKey {
  /**
   * The older library's own session id. One session has one id, and it counts once: where a credential has several spellings that
   * mean the same (the last letter of a part in base64url, percent-encoding), accept one of them only.
   */
  readonly id: string
}

/** A session as an older library kept it. */
export interface LegacyRecord {
  readonly userId: string
  /** The application's own data, as JSON, at most 64 KiB. @default none */
  readonly data?: Readonly<Record<string, unknown>>
  /** When the record stops being good. One whose time is over is not taken over. @default the record is good */
  readonly expiresAt?: Date
  /**
   * When the user logged in. The longest life of the session is counted from here, from now if it is not known. A login of
   * which it is not known does not outlive "log out everywhere".
   */
  readonly createdAt?: Date
  /** @default false */
  readonly rememberMe?: boolean
  readonly roles?: readonly string[]
  readonly permissions?: readonly string[]
}

/** Sessions of an older library, which are moved over as they are used. */
export interface LegacySource {
  /** Never changes, and is the same on every node: 1 to 64 lower-case letters, digits and dashes. */
  readonly name: string
  /** What the credential names, or undefined if this library did not make it. Checks the signature and asks nobody. */
  read(credential: string): LegacyKey | undefined
  /** The record, or undefined if there is none or nobody is logged in with it. Rejects if the old store does not answer. */
  load(key: LegacyKey): Promise<LegacyRecord | undefined>
  /** Takes the record out; no error if it is gone already. */
  remove(key: LegacyKey): Promise<void>
}
