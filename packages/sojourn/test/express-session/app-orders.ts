/** Where an application finds the store of its sessions. */
export interface AppPlace {
  readonly kind: 'sqlite' | 'postgres' | 'redis' | 'memcached'
  /** A path, an address, several with commas, or what `targetIn` reads. */
  readonly at: string
  readonly replicas: number
}

/** One of several applications. */
export interface AppSettings extends AppPlace {
  /** What the end of a response does whose request has no session any more. */
  readonly unset: 'keep' | 'destroy'
}

/** What an application says to whoever has started it. */
export type Said =
  | { readonly said: 'serving'; readonly port: number }
  /** So many requests have loaded their session and wait since it was started. */
  | { readonly said: 'holding'; readonly held: number }

/** Lets every request go on that waits, as it is told to. */
export interface Release {
  readonly do: 'release'
}

/** What the page `/` shows of a session. */
export type Shown = Readonly<Record<string, unknown>>
