import type { Clock, Millis } from '../clock.js'
import type { Logger } from '../events/log.js'
import { ANSWERING, afterAnswer, afterFailure, afterRecovery, type StoreState } from './mode.js'

/** How a store stands, as far as calls to it have told, and since when. It changes by the rules of `mode.ts` alone. */
export interface Standing {
  state(): StoreState
  answered(): void
  /** A call failed that began at this monotonic instant. */
  failed(begun: Millis): void
  /** How long the store has not answered, by the wall clock if that says more: a machine that slept was away for longer. 0 if it answers. */
  silentFor(): Millis
  /** How long before the outage something happened, by its monotonic instant; negative for something after its beginning. */
  before(instant: Millis): Millis
  /** Something has to be brought over although nothing was silent: the store has forgotten it. */
  rewound(): void
  /** What waited for the store is done. */
  recovered(): void
  /** Calls `listener` whenever the kind of the state changes. */
  onChange(listener: (state: StoreState) => void): void
}

export interface StandingOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** For how long nothing must be answered until the store counts as silent: a lease. */
  readonly patience: Millis
  /** Whether something waits that must be brought over before what is usual. */
  readonly hasWork: () => boolean
}

export function standing({ clock, logger, patience, hasWork }: StandingOptions): Standing {
  let state: StoreState = ANSWERING
  /** Wall clock minus monotonic clock when the outage began. */
  let offset = 0
  let answeredAt: Millis = Number.NEGATIVE_INFINITY
  const listeners: ((state: StoreState) => void)[] = []

  function become(next: StoreState): void {
    const { kind } = state
    if (kind === 'answering' && next.kind !== 'answering') offset = clock.now() - clock.monotonic()
    state = next
    if (kind === next.kind) return
    if (next.kind === 'silent')
      logger.error({}, 'the session store does not answer; it is asked once in a while, and nobody else waits for it')
    if (kind === 'silent') logger.warn({}, 'the session store answers again')
    for (const listener of listeners) listener(next)
  }
  return Object.freeze({
    state: () => state,
    answered(): void {
      answeredAt = clock.monotonic()
      if (state.kind !== 'answering' || hasWork()) become(afterAnswer(state, hasWork(), answeredAt))
    },
    failed: (begun: Millis) => become(afterFailure(state, Math.max(begun, answeredAt), clock.monotonic(), patience)),
    silentFor(): Millis {
      if (state.kind === 'answering') return 0
      const passed = clock.monotonic() - state.since
      return Math.max(passed, clock.now() - (state.since + offset))
    },
    before: (instant: Millis) => (state.kind === 'answering' ? 0 : state.since - instant),
    rewound(): void {
      if (state.kind !== 'silent') become({ kind: 'recovering', since: state.kind === 'answering' ? clock.monotonic() : state.since })
    },
    recovered: () => become(afterRecovery(state)),
    onChange(listener: (state: StoreState) => void): void {
      listeners.push(listener)
    },
  })
}
