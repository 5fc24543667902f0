import type { SessionManager } from 'sojourn'
import type { Call, SessionAccess } from './call.js'
import type { OfTenant } from './mount.js'
import { deviceCalls } from './routes/devices.js'
import { oauthCalls } from './routes/oauth.js'
import { rightsCalls } from './routes/rights.js'
import { sessionCalls } from './routes/sessions.js'
import { userCalls } from './routes/users.js'
import type { TenantKey } from './settings.js'

/** All that applications can call, of the sessions that they work with. */
export function applicationCalls(service: SessionAccess): readonly Call[] {
  return [...sessionCalls(service), ...userCalls(service), ...deviceCalls(service), ...rightsCalls(service), ...oauthCalls(service)]
}

const nameOf = ({ method, path }: Call): string => `${method} ${path}`

/** The same calls again for each tenant that has a key, over the sessions of that tenant alone (ADM-3). */
export function callsOfTenants(sessions: Pick<SessionManager, 'forTenant'>, keys: readonly TenantKey[]): OfTenant {
  const tenants = new Set(keys.map(({ tenant }) => tenant))
  const calls = new Map(
    [...tenants].map((tenant) => {
      const own = applicationCalls({ sessions: sessions.forTenant(tenant) })
      return [tenant, new Map(own.map((call) => [nameOf(call), call]))]
    }),
  )
  return (tenant, call) => calls.get(tenant)?.get(nameOf(call))
}
