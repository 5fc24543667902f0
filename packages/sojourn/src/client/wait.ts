import { type Clock, type Millis, sleep } from '../clock.js'

/**
 * Waits by the clock and keeps the process alive meanwhile. Timers of the clock do not, so a script that awaits a call would
 * end in the pause between two tries; an open message port is what holds a process without a timer.
 */
export async function wait(clock: Clock, delay: Millis): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  port1.ref()
  try {
    await sleep(clock, delay)
  } finally {
    port1.close()
    port2.close()
  }
}
