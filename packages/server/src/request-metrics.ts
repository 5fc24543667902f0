/** Upper bounds in seconds, from a warm validation to a request that is about to time out. */
const BOUNDS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const NAME = 'sojourn_http_request_duration_seconds'

interface Series {
  readonly buckets: number[]
  sum: number
  count: number
}

/** How many requests were answered and how long they took. */
export interface RequestMetrics {
  /** `route` is a pattern of ours, never a path that somebody sent: a label must not grow with the input. */
  observe(method: string, route: string, status: number, seconds: number): void
  /** Prometheus text format 0.0.4. */
  text(): string
}

export function requestMetrics(): RequestMetrics {
  const all = new Map<string, Series>()
  return Object.freeze({
    observe(method: string, route: string, status: number, seconds: number): void {
      const labels = `method="${method}",route="${route}",status="${status}"`
      const series = all.get(labels) ?? { buckets: BOUNDS.map(() => 0), sum: 0, count: 0 }
      all.set(labels, series)
      const index = BOUNDS.findIndex((bound) => seconds <= bound)
      if (index >= 0) series.buckets[index] = (series.buckets[index] ?? 0) + 1
      series.sum += seconds
      series.count++
    },
    text(): string {
      const lines = [...all].flatMap(([labels, series]) => seriesText(labels, series))
      return [`# HELP ${NAME} Time from the headers of a request to its answer.`, `# TYPE ${NAME} histogram`, ...lines, ''].join('\n')
    },
  })
}

function seriesText(labels: string, { buckets, sum, count }: Series): string[] {
  let below = 0
  const lines = BOUNDS.map((bound, index) => {
    below += buckets[index] ?? 0
    return `${NAME}_bucket{${labels},le="${bound}"} ${below}`
  })
  return [...lines, `${NAME}_bucket{${labels},le="+Inf"} ${count}`, `${NAME}_sum{${labels}} ${sum}`, `${NAME}_count{${labels}} ${count}`]
}
