import { measurePair } from '../http/pair.mjs'
import { COLUMNS, rowOf } from '../http/rows.mjs'
import { startRedis } from '../lib/redis.mjs'

/** A validation over HTTP, sessions in memory and in Redis, against calls that do nothing. */
export async function table(report, { isQuick }) {
  const milliseconds = isQuick ? 2_000 : 6_000
  const redis = await startRedis()
  try {
    const own = await measurePair({ framework: 'hono', variant: 'service-validate', milliseconds, redis })
    const plain = await measurePair({ framework: 'hono', variant: 'service-plain', milliseconds, redis })
    report.heading('POST /api/v1/sessions/validate, sessions in memory, measured in pairs as above')
    report.table(COLUMNS, [
      rowOf('against GET /healthz of the service, its emptiest call', own),
      rowOf('against a bare Hono handler that reads the same body', plain),
    ])
    report.goal('validate-http', own.cpu.median)
  } finally {
    redis.stop()
  }
}
