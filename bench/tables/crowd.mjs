import { measure } from '../lib/filled.mjs'
import { median } from '../lib/statistics.mjs'

const FEW = 1_000
const MANY = 5_000_000
const MANY_QUICK = 50_000
/** Of the heap, for the larger number. */
const MEGABYTES = 14_336

const costOf = ({ rounds }) => median(rounds.map(({ cpu }) => cpu))
const whole = (number) => number.toLocaleString('en')

/** Five million sessions in one process: what a validation costs then, and how long the event loop stood still while they came in. */
export async function table(report, { isQuick }) {
  const few = await measure(FEW)
  const many = await measure(isQuick ? MANY_QUICK : MANY, { isUsed: false, megabytes: MEGABYTES })
  const times = costOf(many) / costOf(few)
  const rows = [few, many].map((one) => [
    whole(one.count),
    costOf(one).toFixed(0),
    `${(costOf(one) / costOf(few)).toFixed(2)} times`,
    whole(Math.round(one.perSecond)),
    one.stalls.worst.toFixed(1),
    one.bytes.rss.toFixed(0),
  ])
  report.heading(`${whole(many.count)} sessions in one process, the store one Redis ${many.redisVersion} beside it`)
  report.table(['sessions', 'ns CPU warm', 'against the first', 'created per second', 'longest stall (ms)', 'bytes RSS of one'], rows)
  report.note(`Of the ${whole(many.count)}, only those that are validated were used before; the others are in memory as they were created.`)
  if (isQuick) return
  report.goal('crowd-growth', times)
  report.goal('crowd-stall', many.stalls.worst)
}
