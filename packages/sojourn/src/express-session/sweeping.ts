import type { CancelTimer, Clock, Millis } from '../clock.js'
import type { Logger } from '../events/log.js'

/** Takes out what has expired, an interval after the last time, however that went. */
export interface Sweeping {
  begin(sweep: () => Promise<void>): void
  /** No sweep begins from now on. */
  end(): void
}

/** `every` 0 for never. */
export function sweeping(clock: Clock, logger: Logger, every: Millis): Sweeping {
  let timer: CancelTimer | undefined
  let isEnded = false

  function begin(sweep: () => Promise<void>): void {
    if (every === 0 || isEnded) return
    timer = clock.after(every, () => {
      sweep().then(
        () => begin(sweep),
        (error: unknown) => {
          logger.warn({ error: String(error) }, 'expired sessions could not be taken out; trying again at the next interval')
          begin(sweep)
        },
      )
    })
  }
  return Object.freeze({
    begin,
    end(): void {
      isEnded = true
      timer?.()
    },
  })
}
