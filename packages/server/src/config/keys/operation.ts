import { always, type ConfigKey, flag, notYet, unavailable } from '../key.js'

const monitoring = 'session_manager.monitoring'

/** What is measured and written down. */
const monitoringKeys: readonly ConfigKey[] = [
  flag(`${monitoring}.metrics_collection`, 'Whether /metrics is there.', (metrics) => ({ metrics })),
  flag(`${monitoring}.performance_monitoring`, 'Whether /metrics also shows how long things take.', (latencies) => ({ latencies })),
  flag(`${monitoring}.audit_logging`, 'Whether every operation is written to audit.jsonl in the data folder.', (audit) => ({ audit })),
  always(
    `${monitoring}.security_monitoring`,
    'Whether signs of an attack are counted and logged.',
    'signs of an attack are always counted and logged; write true or leave it out.',
  ),
]

const NO_ANALYTICS =
  'analytics over all sessions are not available in this version; POST /api/v1/sessions/analytics tells about one session'

/** What is found out about all sessions together. */
const analyticsKeys: readonly ConfigKey[] = [
  notYet(
    'session_analytics.data_collection.enabled',
    'Whether figures about all sessions are kept.',
    `${NO_ANALYTICS}; write false or leave it out.`,
  ),
  unavailable('session_analytics.data_collection.collection_interval', 'How often figures are kept.', `${NO_ANALYTICS}; leave it out.`),
  unavailable('session_analytics.data_collection.retention_period', 'How long figures are kept.', `${NO_ANALYTICS}; leave it out.`),
  ...['session_duration', 'session_activity', 'device_usage', 'location_tracking', 'performance_metrics'].map((name) =>
    notYet(
      `session_analytics.metrics.${name}`,
      `Whether figures about ${name.replace('_', ' ')} are kept.`,
      `${NO_ANALYTICS}; write false or leave it out.`,
    ),
  ),
  ...['daily_reports', 'weekly_reports', 'monthly_reports', 'custom_reports'].map((name) =>
    notYet(
      `session_analytics.reporting.${name}`,
      `Whether ${name.replace('_', ' ')} are made.`,
      'reports are not available in this version; write false or leave it out.',
    ),
  ),
]

export const operationKeys: readonly ConfigKey[] = [...monitoringKeys, ...analyticsKeys]
