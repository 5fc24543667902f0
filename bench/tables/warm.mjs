import { filled } from '../lib/filled.mjs'
import { median } from '../lib/statistics.mjs'
import { versionsOf } from '../lib/versions.mjs'

const perSecond = (nanoseconds) => Math.round(1e9 / nanoseconds).toLocaleString('en')

/** Warm validations in this process, records sealed in Redis, against the verification of a JWT that nobody can revoke. */
export async function table(report, { isQuick }) {
  const rows = []
  const costs = new Map()
  let times = 0
  let version
  let texts
  const { sizes, notes } = await filled(isQuick)
  for (const { count, rounds, peers, commands, validations, redisVersion } of sizes) {
    const all = rounds.map(({ cpu }) => cpu)
    const cpu = median(all)
    texts ??= median(rounds.map((round) => round.texts))
    const peer = median(peers.map((round) => round.cpu))
    costs.set(count, cpu)
    times = times === 0 ? peer / cpu : Math.min(times, peer / cpu)
    version = redisVersion
    rows.push([
      count.toLocaleString('en'),
      `${cpu.toFixed(0)} (${Math.min(...all).toFixed(0)}–${Math.max(...all).toFixed(0)})`,
      perSecond(cpu),
      perSecond(median(rounds.map(({ wall }) => wall))),
      (median(rounds.map(({ written }) => written)) / 1_000).toFixed(0),
      peer.toFixed(0),
      `${(peer / cpu).toFixed(0)} times`,
      `${commands} in ${validations.toLocaleString('en')}`,
    ])
  }
  report.heading(`Warm validateSession on one core, sessions taken in no order, Redis ${version}; medians of rounds (least–most)`)
  report.table(
    [
      'sessions',
      'ns CPU',
      'per second of CPU',
      'per second',
      'µs CPU to write a use',
      'jose HS256 ns CPU',
      'against jose',
      'store commands',
    ],
    rows,
  )
  report.note(
    `${versionsOf(['jose'])} The use of a session is written twice a minute at the most, whatever it is used: what that takes has a column of its own, and is not in the others. Nor is what the benchmark itself takes to make the text of each token out of bytes: ${texts.toFixed(0)} ns at the smallest number.`,
  )
  for (const note of notes) report.note(note)
  const [small, ...others] = [...costs]
  const large = others.at(-1)
  report.goal('warm-small', 1e9 / small[1])
  if (large[0] === 1_000_000) report.goal('warm-large', 1e9 / large[1])
  report.goal('warm-jose', times)
}
