import type { CancelTimer, Clock, Millis } from '../clock.js'
import { SessionError, storeUnavailable } from '../errors.js'
import type { Logger } from '../events/log.js'
import { isReplicated, isScannable, type Store } from '../store/store.js'
import { ANSWERING, afterAnswer, afterFailure, afterRecovery, type StoreState } from './mode.js'

/** Watches whether the store answers, and keeps callers from waiting for one that does not. */
export interface Outage {
  /** The store; while it is silent each call fails at once, without asking it. */
  readonly store: Store
  state(): StoreState
  /** How long the store has not answered, by the wall clock if that says more: a machine that slept was away for longer. 0 if it answers. */
  silentFor(): Millis
  /** How long before the outage something happened, by its monotonic instant; negative for something after its beginning. */
  before(instant: Millis): Millis
  /** Something that needed the store failed without asking it: asks it in the background, as often as probes go out. */
  suspect(): void
  /** Something has to be brought over although nothing was silent: the store has forgotten it. */
  rewound(): void
  /** What waited for the store is done. */
  recovered(): void
  /** Calls `listener` whenever the kind of the state changes. */
  onChange(listener: (state: StoreState) => void): void
  close(): void
}

export interface OutageOptions {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  /** For how long nothing must be answered until the store counts as silent: a lease. */
  readonly patience: Millis
  /** Whether something waits that must be brought over before what is usual. */
  readonly hasWork: () => boolean
}

/** From the beginning of one probe to that of the next, which waits for its answer: one question at a time, whoever else wants to know. */
export const PROBE_EVERY: Millis = 500
/** After a probe that took longer. */
const SHORTEST_PAUSE: Millis = 50
/** Buckets that are asked in turn for a row that is never there: they lie in different places of a store that has several. */
const PROBED = ['aa', 'ii', 'qq', 'yy', 'ee', 'mm', 'uu', '44']
/** Seconds after which a refused caller may try again. */
const RETRY_AFTER = 2

export function outage({ store, clock, logger, patience, hasWork }: OutageOptions): Outage {
  let state: StoreState = ANSWERING
  /** Wall clock minus monotonic clock when the outage began. */
  let offset = 0
  let answeredAt: Millis = Number.NEGATIVE_INFINITY
  let probing = false
  let probes = 0
  let probedAt: Millis = Number.NEGATIVE_INFINITY
  let timer: CancelTimer | undefined
  let isClosed = false
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
  function answered(): void {
    answeredAt = clock.monotonic()
    if (state.kind !== 'answering' || hasWork()) become(afterAnswer(state, hasWork(), answeredAt))
  }
  function failed(begun: Millis): void {
    if (isClosed) return
    become(afterFailure(state, Math.max(begun, answeredAt), clock.monotonic(), patience))
    schedule()
  }
  function schedule(): void {
    if (state.kind === 'doubtful' || state.kind === 'silent') probeSoon()
  }
  function probeSoon(): void {
    if (isClosed || timer !== undefined || probing) return
    timer = clock.after(Math.max(SHORTEST_PAUSE, probedAt + PROBE_EVERY - clock.monotonic()), () => {
      timer = undefined
      void probe()
    })
  }
  async function probe(): Promise<void> {
    if (isClosed || probing) return
    probing = true
    const begun = clock.monotonic()
    probedAt = begun
    try {
      await store.get(`${PROBED[probes++ % PROBED.length]}-ping`)
      answered()
    } catch (error) {
      logger.info({ error: String(error) }, 'the session store did not answer a probe')
      failed(begun)
    } finally {
      probing = false
      schedule()
    }
  }
  async function through<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    if (state.kind === 'silent') throw storeUnavailable(new Error('It has not answered for a while, and was not asked.'), RETRY_AFTER)
    const begun = clock.monotonic()
    let answer: Answer
    try {
      answer = await call()
    } catch (error) {
      if (!isWrongQuestion(error)) failed(begun)
      throw error
    }
    answered()
    return answer
  }

  return Object.freeze({
    store: guarded(store, through),
    state: () => state,
    silentFor(): Millis {
      if (state.kind === 'answering') return 0
      const passed = clock.monotonic() - state.since
      return Math.max(passed, clock.now() - (state.since + offset))
    },
    before: (instant: Millis) => (state.kind === 'answering' ? 0 : state.since - instant),
    suspect(): void {
      if (state.kind !== 'answering') return
      if (clock.monotonic() - probedAt >= PROBE_EVERY) void probe()
      else probeSoon()
    },
    rewound(): void {
      if (state.kind !== 'silent') become({ kind: 'recovering', since: state.kind === 'answering' ? clock.monotonic() : state.since })
    },
    recovered: () => become(afterRecovery(state)),
    onChange(listener: (state: StoreState) => void): void {
      listeners.push(listener)
    },
    close(): void {
      isClosed = true
      timer?.()
    },
  })
}

/** The question was wrong, a cursor that somebody made up, say: to say so is an answer. */
function isWrongQuestion(error: unknown): boolean {
  return error instanceof SessionError && (error.code === 'INVALID_ARGUMENT' || error.code === 'CONFIG_INVALID')
}

type Through = <Answer>(call: () => Promise<Answer>) => Promise<Answer>

/** The same store with each verb sent `through`. */
function guarded(store: Store, through: Through): Store {
  const { isVolatile, home, channels, watching } = store
  return Object.freeze({
    ...(isVolatile === undefined ? {} : { isVolatile }),
    ...(home === undefined ? {} : { home }),
    ...(channels === undefined ? {} : { channels }),
    ...(watching === undefined ? {} : { watching }),
    insert: (row) => through(() => store.insert(row)),
    get: (id) => through(() => store.get(id)),
    replace: (row, message) => through(() => store.replace(row, message)),
    remove: (id, version, message) => through(() => store.remove(id, version, message)),
    list: (owner) => through(() => store.list(owner)),
    ...(isScannable(store) ? { scan: (range: Parameters<typeof store.scan>[0]) => through(() => store.scan(range)) } : {}),
    // Whether copies have a change is no question about the store itself.
    ...(isReplicated(store) ? { settle: (id: string) => store.settle(id) } : {}),
    close: () => store.close(),
  } satisfies Store)
}
