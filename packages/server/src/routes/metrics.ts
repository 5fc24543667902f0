import { type Call, defineCall, type Service } from '../call.js'
import { withoutHistograms } from '../prometheus.js'

/** Counters of the sessions and of the requests, for Prometheus; absent if they were switched off. */
export function metricsCalls(service: Service): readonly Call[] {
  return service.settings.metrics ? [metrics(service)] : []
}

const metrics = ({ sessions, settings, requestMetrics }: Service): Call =>
  defineCall({
    method: 'get',
    path: '/metrics',
    who: 'anyone',
    summary: 'Metrics in the text format of Prometheus',
    answers: { 200: { description: 'Counters and histograms. No label names a user, a session or an address.', mediaType: 'text/plain' } },
    run({ c }) {
      const text = `${sessions.metricsText()}${requestMetrics()}`
      c.header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
      return c.body(settings.latencies ? text : withoutHistograms(text))
    },
  })
