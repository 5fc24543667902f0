/** The names under which one store keeps its rows. All keys of a bucket share a hash tag, and so a slot of a cluster. */
export interface Keys {
  /** The row itself, as `encodeRow` writes it. */
  row(bucket: string, id: string): string
  /** A sorted set of the ids of an owner's rows, by `createdAt`. */
  owner(bucket: string, owner: string): string
  /** A sorted set of the ids of a bucket's rows, by `expiresAt`. */
  expiry(bucket: string): string
  /** Written for the sake of writing: what comes behind it in the stream to the replicas has overtaken nothing before it. */
  marker(bucket: string): string
  /** The nodes that may be answering from memory, kept by the primary that serves this bucket. */
  register(bucket: string): string
  /** What messages between nodes are published under. */
  readonly subject: string
}

export const keysUnder = (prefix: string): Keys => ({
  row: (bucket, id) => `${prefix}{${bucket}}:r:${id}`,
  owner: (bucket, owner) => `${prefix}{${bucket}}:o:${owner}`,
  expiry: (bucket) => `${prefix}{${bucket}}:x`,
  marker: (bucket) => `${prefix}{${bucket}}:m`,
  register: (bucket) => `${prefix}{${bucket}}:n`,
  subject: `${prefix}changes`,
})
