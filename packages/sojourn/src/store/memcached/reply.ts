/** One answer as it came over the wire. */
export interface Reply {
  /** The line without its end: printable ASCII. */
  readonly line: string
  /** The bytes that followed a `VA` line; undefined after any other. */
  readonly value: Buffer | undefined
}
