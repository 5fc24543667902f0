import { filled } from '../lib/filled.mjs'
import { median } from '../lib/statistics.mjs'

/** What many sessions in one process do to the cost of a validation, and to the event loop while they come in. */
export async function table(report, { isQuick }) {
  const rows = []
  const costs = []
  let worst = 0
  const { sizes, notes } = await filled(isQuick)
  for (const { count, rounds, perSecond, stalls } of sizes) {
    const cpu = median(rounds.map((round) => round.cpu))
    costs.push(cpu)
    worst = Math.max(worst, stalls.worst)
    rows.push([
      count.toLocaleString('en'),
      cpu.toFixed(0),
      `${(cpu / costs[0]).toFixed(2)} times`,
      Math.round(perSecond).toLocaleString('en'),
      stalls.p9999.toFixed(1),
      stalls.worst.toFixed(1),
    ])
  }
  report.heading('Growth, and how long the event loop stood still while the sessions came in')
  report.table(['sessions', 'ns CPU warm', 'against the first', 'created per second', 'stall p99.99 (ms)', 'longest (ms)'], rows)
  for (const note of notes) report.note(note)
  if (sizes.at(-1).count === 1_000_000) report.goal('scale-growth', costs.at(-1) / costs[0])
  report.goal('scale-stall', worst)
}
