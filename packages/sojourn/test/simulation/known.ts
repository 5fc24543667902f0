import type { Level } from '../../src/session.js'

/** What a client knows of one session, and what has been said about it. */
export interface Known {
  readonly index: number
  readonly rowId: string
  readonly user: string
  readonly authTime: number
  /** Tokens in the order in which they were issued; the last one is the client's. */
  readonly tokens: string[]
  /** When each token was replaced. */
  readonly replacedAt: number[]
  readonly successors: Map<string, string>
  /** Tokens with which a renewal was asked for, and in which step the first time. */
  readonly renewing: Map<string, number>
  /** Somebody has begun to end it, or may have: nothing is promised of its life any more. */
  mayHaveEnded: boolean
  end: { readonly step: number; readonly time: number; readonly level: Level } | undefined
  /** Processes that have taken it upon themselves to end it, whatever the store said. */
  readonly enders: Set<string>
  /** What is promised not to be held any more since, unless it is given anew. */
  reduced: { readonly step: number; readonly time: number; readonly level: Level } | undefined
  /** How often its rights were set, or may have been. */
  permitted: number
  permitting: number
  /** In which step rights were last said to have been given. */
  givenAt: number
  /** The store has lost it, or a change of it, with a fail-over (1) or with all its memory of a while (2). */
  undone: 0 | 1 | 2
  /** The same, but an older state of it is there: what was done to it has been undone. */
  older: 0 | 1 | 2
  /** By process: when it said that the session has ended. */
  readonly refusedBy: Map<string, number>
}
