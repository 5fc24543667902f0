import type { Millis } from '../clock.js'

/**
 * How a node stands. `healthy`: the store answers and changes by others are heard. `suspect`: something failed a moment ago.
 * `degraded`: the store does not answer, or changes may go unheard. `recovering`: it answers again, and what waited is brought over.
 */
export type Mode = 'healthy' | 'suspect' | 'degraded' | 'recovering'

/** Calls failed one after the other; the first of them began at `since`. */
export interface Doubt {
  readonly since: Millis
  readonly failures: number
}

/** Whether the store answers, as far as its last answers tell. Instants are monotonic. */
export type StoreState =
  | { readonly kind: 'answering' }
  | ({ readonly kind: 'doubtful' } & Doubt)
  /** Nobody asks any more but one probe after the other. */
  | { readonly kind: 'silent'; readonly since: Millis }
  /** It answers again; `since` is when the outage began. `doubt` is about failures since then. */
  | { readonly kind: 'recovering'; readonly since: Millis; readonly doubt?: Doubt }

export const ANSWERING: StoreState = Object.freeze({ kind: 'answering' })

/** Fewer failures than this may be one connection that broke. */
export const LEAST_FAILURES = 3

/** The state after the store has answered at `now`. `hasWork`: something waits for it that must come before what is usual. */
export function afterAnswer(state: StoreState, hasWork: boolean, now: Millis): StoreState {
  if (state.kind === 'recovering') return state.doubt === undefined ? state : { kind: 'recovering', since: state.since }
  if (state.kind === 'silent' || hasWork) return { kind: 'recovering', since: state.kind === 'answering' ? now : state.since }
  return ANSWERING
}

/**
 * The state after a call that began at `begun` has failed. The store counts as silent after several failures, none of them
 * alone in its time: for `patience`, a lease, nothing was answered. While it recovers that is no different: one of several
 * places may still be away, and must not shut the others off.
 */
export function afterFailure(state: StoreState, begun: Millis, now: Millis, patience: Millis): StoreState {
  if (state.kind === 'silent') return state
  const known = state.kind === 'doubtful' ? state : state.kind === 'recovering' ? state.doubt : undefined
  const doubt: Doubt = { since: Math.min(known?.since ?? begun, begun), failures: (known?.failures ?? 0) + 1 }
  const isSilent = doubt.failures >= LEAST_FAILURES && now - doubt.since >= patience
  if (isSilent) return { kind: 'silent', since: state.kind === 'recovering' ? state.since : doubt.since }
  return state.kind === 'recovering' ? { kind: 'recovering', since: state.since, doubt } : { kind: 'doubtful', ...doubt }
}

/** The state once everything that waited has been brought over. */
export function afterRecovery(state: StoreState): StoreState {
  return state.kind === 'recovering' ? ANSWERING : state
}

/** What the node says of itself. `isHeard`: changes by others are heard; `isKnown`: nobody wonders whether the store has gone back in time. */
export function modeOf(state: StoreState, isHeard: boolean, isKnown: boolean): Mode {
  if (state.kind === 'silent') return 'degraded'
  if (state.kind === 'recovering') return 'recovering'
  if (!isHeard) return 'degraded'
  if (!isKnown) return 'recovering'
  return state.kind === 'doubtful' ? 'suspect' : 'healthy'
}
