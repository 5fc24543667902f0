import type { Millis } from '../clock.js'

/** Upper bounds in seconds: from a cached validation to a store that is about to time out. */
const LATENCY_BOUNDS: readonly number[] = [0.000_01, 0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** A label has a handful of values that the program chose; more means that somebody's input got into it. */
const MAX_SERIES = 200

interface Histogram {
  readonly buckets: Float64Array
  sum: number
  count: number
}

/** Counters and histograms, and their text for Prometheus. */
export interface Metrics {
  /** Adds one to a counter. `labels` is written as it will be shown: `reason="logout"`. */
  count(name: CounterName, labels?: string, by?: number): void
  /** Adds one accepted validation, at the price of an addition. */
  validated(): void
  /** Notes how long one operation took. */
  observe(operation: string, took: Millis): void
  /** Text format 0.0.4. `gauges` are values that are asked for at this moment. */
  text(gauges: ReadonlyArray<readonly [name: string, help: string, value: number]>): string
}

export type CounterName =
  | 'sojourn_sessions_created_total'
  | 'sojourn_sessions_renewed_total'
  | 'sojourn_sessions_ended_total'
  | 'sojourn_validations_total'
  | 'sojourn_validation_failures_total'
  | 'sojourn_security_events_total'
  | 'sojourn_guesses_total'
  | 'sojourn_guesses_throttled_total'
  | 'sojourn_token_reuse_total'
  | 'sojourn_store_errors_total'
  | 'sojourn_activity_dropped_total'
  | 'sojourn_risk_signals_total'
  | 'sojourn_geo_failures_total'
  | 'sojourn_device_bindings_total'
  | 'sojourn_device_refreshes_total'
  | 'sojourn_outage_accepted_total'
  | 'sojourn_outage_created_total'
  | 'sojourn_store_rewound_total'
  | 'sojourn_canary_total'

const HELP: Readonly<Record<CounterName, string>> = Object.freeze({
  sojourn_sessions_created_total: 'Sessions created.',
  sojourn_sessions_renewed_total: 'Tokens renewed.',
  sojourn_sessions_ended_total: 'Sessions ended, by reason.',
  sojourn_validations_total: 'Validations, by result.',
  sojourn_validation_failures_total: 'Validations refused, by reason.',
  sojourn_security_events_total: 'Signs of an attack, by kind.',
  sojourn_guesses_total: 'Invalid tokens and keys, from all sources.',
  sojourn_guesses_throttled_total: 'Invalid tokens and keys from sources that had sent too many.',
  sojourn_token_reuse_total: 'Tokens presented after they were replaced: recent (parallel tabs), stale (a lost answer), theft.',
  sojourn_store_errors_total: 'Operations that the store did not answer.',
  sojourn_device_bindings_total:
    'Sessions that a browser was to be bound to, by result. Beside the sessions created this is the share of bound ones.',
  sojourn_device_refreshes_total: 'Cookies of bound browsers asked for, by result.',
  sojourn_canary_total: 'Ends that this node made to measure how long they take, by result.',
  sojourn_store_rewound_total: 'How often the store was found to have lost what it had taken, or to be an older one.',
  sojourn_outage_accepted_total: 'Validations answered from what this node knew while the store did not answer.',
  sojourn_outage_created_total: 'Sessions created on this node alone while the store did not answer.',
  sojourn_activity_dropped_total: 'Activity that was not written because another write was faster or too much was waiting.',
  sojourn_risk_signals_total: 'What spoke against callers, by signal.',
  sojourn_geo_failures_total: 'Addresses whose place could not be looked up because the lookup failed or took too long.',
})

function histogramText(name: string, label: string, { buckets, sum, count }: Histogram): string[] {
  let below = 0
  const lines = LATENCY_BOUNDS.map((bound, index) => {
    below += buckets[index] ?? 0
    return `${name}_bucket{${label},le="${bound}"} ${below}`
  })
  return [...lines, `${name}_bucket{${label},le="+Inf"} ${count}`, `${name}_sum{${label}} ${sum}`, `${name}_count{${label}} ${count}`]
}

export function metrics(): Metrics {
  const counters = new Map<CounterName, Map<string, number>>()
  const histograms = new Map<string, Histogram>()
  let validated = 0

  function count(name: CounterName, labels = '', by = 1): void {
    const series = counters.get(name) ?? new Map<string, number>()
    counters.set(name, series)
    const key = series.has(labels) || series.size < MAX_SERIES ? labels : 'other="true"'
    series.set(key, (series.get(key) ?? 0) + by)
  }

  return Object.freeze({
    count,
    validated(): void {
      validated++
    },
    observe(operation: string, took: Millis): void {
      const seconds = took / 1_000
      const known = histograms.get(operation) ?? { buckets: new Float64Array(LATENCY_BOUNDS.length), sum: 0, count: 0 }
      histograms.set(operation, known)
      const index = LATENCY_BOUNDS.findIndex((bound) => seconds <= bound)
      if (index >= 0) known.buckets[index] = (known.buckets[index] ?? 0) + 1
      known.sum += seconds
      known.count++
    },
    text(gauges: ReadonlyArray<readonly [name: string, help: string, value: number]>): string {
      const lines: string[] = []
      if (validated > 0) count('sojourn_validations_total', 'result="accepted"', validated)
      validated = 0
      for (const [name, help] of Object.entries(HELP)) {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`)
        const series = counters.get(name as CounterName) ?? new Map([['', 0]])
        for (const [labels, value] of series) lines.push(labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`)
      }
      lines.push('# HELP sojourn_operation_seconds Time that operations took.', '# TYPE sojourn_operation_seconds histogram')
      for (const [operation, histogram] of histograms)
        lines.push(...histogramText('sojourn_operation_seconds', `operation="${operation}"`, histogram))
      for (const [name, help, value] of gauges) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`)
      return `${lines.join('\n')}\n`
    },
  })
}
