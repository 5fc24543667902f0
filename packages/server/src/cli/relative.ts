const UNITS: ReadonlyArray<readonly [string, number]> = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
]

/** An instant as people say it: `5m ago`, `in 3h`, `now`. Rounded down, so nothing ends later than it says. */
export function relative(instant: string, now: number): string {
  const distance = Date.parse(instant) - now
  const [unit, size] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? ['', 0]
  if (size === 0) return 'now'
  const amount = `${Math.floor(Math.abs(distance) / size)}${unit}`
  return distance < 0 ? `${amount} ago` : `in ${amount}`
}
