/** A request as the core sees it, whichever framework brought it. */
export interface IncomingRequest {
  readonly method: string
  /** Path and query as they were sent: `/cart?x=1`. */
  readonly url: string
  /** The value of a header by its name in lower case. Lines of the same name are joined, none is dropped. */
  header(name: string): string | undefined
  /** Address of the other end of the connection. */
  readonly remoteAddress?: string | undefined
  /** The connection, where several requests come over one: what they have in common is found out once. */
  readonly connection?: object | undefined
  /** Whether the connection itself is TLS. */
  readonly isEncrypted: boolean
  /** Whether headers can still be added to the answer. */
  isHeadOpen(): boolean
  /** Whether the answer cannot be given a cookie at all, so that no token may be renewed on the way. @default false */
  readonly isReadOnly?: boolean
  /** The fields of a form that was sent, if they can be had before the application runs. */
  form?(): unknown
}

/** The head of an answer while it can still be changed. Names in any spelling. */
export interface Head {
  /** The value; lines of the same name joined by a comma. */
  get(name: string): string | undefined
  set(name: string, value: string): void
  remove(name: string): void
  /** Adds one more line. */
  append(name: string, value: string): void
}
