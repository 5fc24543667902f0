/** Where a node finds the store. */
export interface Place {
  readonly kind: 'sqlite' | 'postgres' | 'redis'
  /** A path, an address, or what `targetIn` reads. */
  readonly at: string
  readonly prefix: string
  readonly replicas: number
  readonly name: string
}

/** What a node is told to do. */
export type Order = { readonly id: number } & Task

export type Task =
  | { readonly do: 'create'; readonly user: string }
  | { readonly do: 'validate'; readonly token: string; readonly times: number }
  /** Validate without end, in the background. */
  | { readonly do: 'hammer'; readonly token: string }
  | { readonly do: 'hush' }
  | { readonly do: 'terminate'; readonly token: string }
  | { readonly do: 'mode' }
  /** The wall clock is put forward or back by so many milliseconds. */
  | { readonly do: 'jump'; readonly by: number }

export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly fault?: string
}

/** How often validations came to what: `OK` or the code of a refusal or fault. */
export type Verdicts = Readonly<Record<string, number>>
