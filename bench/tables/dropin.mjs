import { measurePair } from '../http/pair.mjs'
import { hasDropIn } from '../lib/drop-in.mjs'
import { startRedis } from '../lib/redis.mjs'
import { versionsOf } from '../lib/versions.mjs'

const WORK = [
  { variant: 'drop-in', name: 'requests that read the session' },
  { variant: 'drop-in-writes', name: 'requests that change the session' },
]

const times = ({ median, low, high }) => `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`

/** One application on Express 5, on express-session with connect-redis and on `sojourn/express-session`. */
export async function table(report, { isQuick }) {
  if (!hasDropIn()) {
    report.note('This version has no sojourn/express-session.')
    return
  }
  const redis = await startRedis()
  try {
    const rows = []
    for (const { variant, name } of WORK) {
      const pair = await measurePair({ framework: 'express', variant, milliseconds: isQuick ? 2_000 : 6_000, redis })
      rows.push([name, times(pair.cpu), times(pair.wall), pair.bare.toFixed(1), pair.checked.toFixed(1)])
      if (variant === 'drop-in') report.goal('dropin-times', pair.cpu.median)
    }
    report.heading(
      `sojourn/express-session in the place of express-session with connect-redis, the same application, Redis ${redis.version}`,
    )
    report.table(['', 'times the requests by CPU (95 %)', 'times the requests (95 %)', 'µs CPU original', 'µs CPU Sojourn'], rows)
    report.note(versionsOf(['express', 'express-session', 'connect-redis', 'redis']))
  } finally {
    redis.stop()
  }
}
