import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { memoryStore } from 'sojourn/memory'
import type { Sessions } from '../../../sojourn/src/sessions.js'
import type { Bench, LogLine, MakeBench, Way } from '../../../sojourn/test/behaviour/bench.js'
import { captureLog, engineBench } from '../../../sojourn/test/behaviour/engine-bench.js'
import { createService } from '../../src/service.js'
import { DEFAULT_COOKIE } from '../../src/settings.js'

const SERVICE_KEY = 'service-key-of-the-behaviour-suite-0123456789'
const ADMIN_KEY = 'admin-key-of-the-behaviour-suite-0123456789'

const TENANT_KEYS = (['north', 'south'] as const).map((tenant) => ({
  key: `service-key-of-${tenant}-in-the-behaviour-suite-0123456789`,
  tenant,
  name: `application of ${tenant}`,
}))

/** The real service on a loopback socket, over an engine whose clock and store are in the check's hands. */
export function serviceBench(way: Way, connect: (origin: string, serviceKey: string) => Sessions): MakeBench {
  return async (limits): Promise<Bench> => {
    const engine = await engineBench({ store: await memoryStore(), clear: () => Promise.resolve() }, limits)
    const lines: LogLine[] = []
    const service = createService({
      sessions: engine.manager,
      settings: {
        cookie: DEFAULT_COOKIE,
        allowedOrigins: [],
        serviceKey: SERVICE_KEY,
        adminKey: ADMIN_KEY,
        tenantKeys: TENANT_KEYS,
        metrics: true,
        latencies: false,
      },
      clock: engine.clock,
      logger: captureLog(lines),
    })
    const { server, address } = await new Promise<{ server: ReturnType<typeof serve>; address: AddressInfo }>((resolve) => {
      const listening = serve({ fetch: service.fetch, hostname: '127.0.0.1', port: 0 }, (info) =>
        resolve({ server: listening, address: info }),
      )
    })
    const sessions = connect(`http://127.0.0.1:${address.port}`, SERVICE_KEY)
    const ofTenant = TENANT_KEYS.map(({ key, tenant }) => ({ tenant, sessions: connect(`http://127.0.0.1:${address.port}`, key) }))
    return {
      ...engine,
      way,
      sessions,
      forTenant: (tenant) => ofTenant.find((one) => one.tenant === tenant)!.sessions,
      get logs(): readonly LogLine[] {
        return [...engine.logs, ...lines]
      },
      async close(): Promise<void> {
        for (const one of [{ sessions }, ...ofTenant]) await one.sessions.close()
        if ('closeAllConnections' in server) server.closeAllConnections()
        await new Promise<void>((resolve, reject) => server.close((error) => (error === undefined ? resolve() : reject(error))))
        await engine.close()
      },
    }
  }
}
