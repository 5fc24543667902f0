import type { Clock } from 'sojourn'

/** Everything a command touches outside of this process, so that tests can be the terminal. */
export interface Io {
  /** Writes to standard output; resolves when more can be written. */
  out(text: string): Promise<void>
  /** Writes to standard error. */
  err(text: string): void
  /** From now on nothing ends when the reader of standard output goes away. */
  outliveReader(): void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Of this package. */
  readonly version: string
  /** Columns of the terminal behind standard output; undefined if there is none, and nothing is cut. */
  readonly columns: number | undefined
  /** Whether a person sees standard error. */
  readonly isWatched: boolean
  /** Asks the person at the terminal; undefined if there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  /** Calls back for each SIGINT and SIGTERM until the returned function is called. */
  onSignal(listener: () => void): () => void
  /** Ends the process at once. */
  exit(code: number): void
}

/** What holds for every command. */
export interface GlobalOptions {
  readonly json?: boolean
  readonly url?: string
  readonly dataDir?: string
  readonly config?: readonly string[]
  readonly direct?: boolean
}
