const UNITS: Readonly<Record<string, number>> = Object.freeze({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 })

/** Milliseconds of `30s 15m 8h 7d 250ms` or of a whole number, from 0 to a hundred years; undefined for anything else. */
export function millisOf(value: unknown): number | undefined {
  const millis = typeof value === 'string' ? millisOfText(value) : value
  return typeof millis === 'number' && Number.isInteger(millis) && millis >= 0 && millis <= 36_500 * 86_400_000 ? millis : undefined
}

function millisOfText(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text)
  const unit = UNITS[match?.[2] ?? '']
  return unit === undefined ? undefined : Math.round(Number(match?.[1]) * unit)
}
