import type { SessionError } from '../errors.js'
import type { ProofOptions } from '../sessions.js'
import type { Engine } from './engine.js'
import type { Presented } from './examine.js'

/** A token that was examined, and what came beside it. */
export interface Guarded {
  /** As it was presented. */
  readonly token: unknown
  readonly presented: Presented
  readonly proofs: ProofOptions
  /** Whether a successor is asked for, which is worth more than one use. */
  readonly isRenewal: boolean
  readonly ipAddress: string | undefined
}

/**
 * One more thing that must be shown before a token counts: the key that it is bound to. Answers the refusal, or undefined
 * where nothing is missing. Throws `STORE_UNAVAILABLE` where that cannot be said.
 */
export type Guard = (engine: Engine, guarded: Guarded) => Promise<SessionError | undefined>

/** The first refusal of any guard. */
export async function guardRefusal(engine: Engine, guarded: Guarded): Promise<SessionError | undefined> {
  for (const guard of engine.guards) {
    const refusal = await guard(engine, guarded)
    if (refusal !== undefined) return refusal
  }
  return undefined
}
