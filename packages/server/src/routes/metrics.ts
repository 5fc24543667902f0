import { type Call, defineCall, type Service } from '../call.js'
import type { StorageDescription } from '../describe-storage.js'
import { withoutHistograms } from '../prometheus.js'

/** Counters of the sessions and of the requests, for Prometheus; absent if they were switched off. */
export function metricsCalls(service: Service): readonly Call[] {
  return service.settings.metrics ? [metrics(service)] : []
}

const metrics = ({ sessions, settings, store, requestMetrics }: Service): Call =>
  defineCall({
    method: 'get',
    path: '/metrics',
    who: 'anyone',
    summary: 'Metrics in the text format of Prometheus',
    answers: { 200: { description: 'Counters and histograms. No label names a user, a session or an address.', mediaType: 'text/plain' } },
    run({ c }) {
      const text = `${sessions.metricsText()}${storeText(store)}${requestMetrics()}`
      c.header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
      return c.body(settings.latencies ? text : withoutHistograms(text))
    },
  })

/** What the store is, as labels of a figure that is always one. */
function storeText(store: StorageDescription | undefined): string {
  if (store === undefined) return ''
  const { type, mode, copies } = store
  const name = 'sojourn_store_info'
  return `# HELP ${name} Where sessions are kept.\n# TYPE ${name} gauge\n${name}{type="${type}",mode="${mode}",copies="${copies}"} 1\n`
}
