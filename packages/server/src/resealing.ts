import { type Clock, isSessionError, type Logger, type Resealed, type SessionManager } from 'sojourn'

/** How far it is with sealing records again under the active key. */
export interface ResealingState extends Resealed {
  /** `waiting` for the newest key to become active, `running`, or how the last run ended. */
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
}

/** Seals records again in the background, one run at a time. */
export interface Resealing {
  /** Begins once the newest key is active, unless a run is under way. */
  start(): void
  /** Of the run under way, or of the last one of this process; undefined before the first. */
  state(): ResealingState | undefined
}

interface Parts {
  readonly sessions: SessionManager
  readonly clock: Clock
  readonly logger: Logger
  /** Whether the service is closing. */
  readonly draining: () => boolean
}

export function resealing({ sessions, clock, logger, draining }: Parts): Resealing {
  let so: ResealingState | undefined

  async function run(): Promise<void> {
    let counts: Resealed = { seen: 0, resealed: 0 }
    so = { ...counts, state: 'waiting' }
    try {
      await untilActive(sessions, clock)
      if (draining()) return
      counts = await sessions.resealRecords((progress) => {
        counts = progress
        so = { ...progress, state: 'running' }
      })
      so = { ...counts, state: 'done' }
      logger.info({ ...counts }, 'records were sealed again under the active key')
    } catch (error) {
      so = { ...counts, state: 'failed' }
      const details = { code: isSessionError(error) ? error.code : 'unknown' }
      // The records that are left are sealed again by the housekeeping.
      if (!draining()) logger.warn(details, 'records could not all be sealed again; going on with the next housekeeping')
    }
  }

  return Object.freeze({
    start(): void {
      if (so?.state !== 'waiting' && so?.state !== 'running') void run()
    },
    state: () => so,
  })
}

/** Resolves when no key for records is waiting for its time: until then they would be sealed under the key that is to go. */
export async function untilActive(sessions: Pick<SessionManager, 'listKeys'>, clock: Clock, hold?: 'hold'): Promise<void> {
  const pending = sessions.listKeys().flatMap(({ use, state, since }) => (use === 'data' && state === 'pending' ? [since] : []))
  const wait = Math.max(0, ...pending) - clock.now()
  if (wait <= 0) return
  await new Promise<void>((resolve) => {
    clock.after(wait, resolve, hold)
  })
}
