/** The value below which this share of the others lies. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  return low + (high - low) * (at - Math.floor(at))
}

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length

export const median = (values) => quantile(values, 0.5)

/** Median with the range that holds 95 % of the medians of such samples, by the order of the values: it asks for no distribution. */
export function medianWithRange(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const width = (1.96 * Math.sqrt(values.length)) / 2
  const place = (at) => sorted[Math.max(0, Math.min(sorted.length - 1, Math.round(at)))]
  const middle = (values.length - 1) / 2
  return { median: median(values), low: place(middle - width), high: place(middle + width) }
}
