import { readIdentifier } from '../input/identifier.js'
import type { SessionManager } from '../manager.js'
import type { Sessions } from '../sessions.js'
import type { Engine } from './engine.js'
import { introspect } from './introspect.js'
import { scopedTo } from './scope.js'
import { type Run, sessionsOf } from './sessions-of.js'

type TenantSessions = Sessions & Pick<SessionManager, 'introspectToken'>

/**
 * The verbs for the sessions of one tenant. Closing them closes nothing: they belong to their manager. Each validation opens
 * the row and asks whose it is: what was found out for others (warm.ts) is not said to a tenant.
 */
export function forTenant(engine: Engine, run: Run, tenant: unknown): TenantSessions {
  const close = (): Promise<void> => Promise.resolve()
  const scoped = scopedTo(engine, readIdentifier('tenant', tenant))
  return Object.freeze<TenantSessions>({
    ...sessionsOf(scoped, run),
    introspectToken: (token) => run('introspect', () => introspect(scoped, token)),
    close,
    [Symbol.asyncDispose]: close,
  })
}
