import type { CancelTimer } from '../clock.js'
import type { Engine } from './engine.js'
import { keepRing } from './ring-upkeep.js'
import { sweep } from './sweep.js'

/** Work that runs by itself until it is stopped. */
export interface Housekeeping {
  /** Resolves when what is under way has ended. */
  stop(): Promise<void>
}

/** Sweeps at the configured interval, counted from the end of one sweep to the start of the next. */
export function startHousekeeping(engine: Engine): Housekeeping {
  let timer: CancelTimer | undefined
  let stopped = false
  let underWay: Promise<void> = Promise.resolve()

  async function run(): Promise<void> {
    try {
      const swept = await sweep(engine)
      if (swept.expired + swept.forgotten > 0) engine.logger.info({ ...swept }, 'expired sessions were taken out')
      await keepRing(engine)
      await engine.clockWatch.measure()
    } catch (error) {
      engine.logger.warn(
        { error: String(error) },
        'expired sessions or old keys could not be cleaned up; trying again at the next interval',
      )
    }
    schedule()
  }
  function schedule(): void {
    if (stopped || engine.settings.cleanupInterval === 0) return
    timer = engine.clock.after(engine.settings.cleanupInterval, () => {
      underWay = run()
    })
  }

  schedule()
  return Object.freeze({
    async stop(): Promise<void> {
      stopped = true
      timer?.()
      await underWay
    },
  })
}
