import type { DeviceOptions, Sessions } from '../sessions.js'
import { accountEvent } from './account-event.js'
import { analyse } from './analytics.js'
import { updateContext } from './context.js'
import { createSomewhere } from './create-provisional.js'
import { forgetDevice, listDevices, trustDevice } from './devices.js'
import type { Engine } from './engine.js'
import { grantOperation, useGrant } from './grants.js'
import { list } from './list.js'
import { setPermissions } from './permissions.js'
import { reauthenticate } from './reauthenticate.js'
import { renew } from './renew.js'
import { setRoles } from './roles.js'
import { ownTenant } from './scope.js'
import { terminate } from './terminate.js'
import { terminateAll } from './terminate-all.js'
import { validate } from './validate.js'

/** Runs a verb under the name that its duration is counted by. */
export type Run = <Answer>(operation: string, verb: () => Promise<Answer>) => Promise<Answer>

/** The devices of a user belong to one tenant each; these verbs may be for one of them alone. */
function ofTenant(engine: Engine, options: DeviceOptions | undefined): DeviceOptions | undefined {
  if (engine.scope === undefined) return options
  const tenant = ownTenant(engine, options?.tenant)
  return { ...options, ...(tenant === undefined ? {} : { tenant }) }
}

/** The verbs that applications have, of one engine. */
export function sessionsOf(engine: Engine, run: Run): Omit<Sessions, 'close' | typeof Symbol.asyncDispose> {
  return {
    createSession: (userId, context, options) => run('create', () => createSomewhere(engine, userId, context, options)),
    validateSession: (token, context, options) => run('validate', () => validate(engine, token, context, options)),
    renewSession: (token, context, options) => run('renew', () => renew(engine, token, context, options)),
    reauthenticateSession: (token, context, options) => run('reauthenticate', () => reauthenticate(engine, token, context, options)),
    terminateSession: (tokenOrId, options) => run('terminate', () => terminate(engine, tokenOrId, options)),
    getActiveSessions: (userId, options) => run('list', () => list(engine, userId, options)),
    terminateAllUserSessions: (userId, options) => run('terminate_all', () => terminateAll(engine, userId, options)),
    updateSessionContext: (tokenOrId, changes) => run('update_context', () => updateContext(engine, tokenOrId, changes)),
    setSessionPermissions: (tokenOrId, permissions, options) =>
      run('set_permissions', () => setPermissions(engine, tokenOrId, permissions, options)),
    setSessionRoles: (tokenOrId, roles, options) => run('set_roles', () => setRoles(engine, tokenOrId, roles, options)),
    grantOperation: (token, options) => run('grant', () => grantOperation(engine, token, options)),
    useGrant: (token, grant, operation) => run('use_grant', () => useGrant(engine, token, grant, operation)),
    accountEvent: (userId, event, options) => run('account_event', () => accountEvent(engine, userId, event, options)),
    listDevices: (userId, options) => run('list_devices', () => listDevices(engine, userId, ofTenant(engine, options))),
    forgetDevice: (userId, deviceId, options) =>
      run('forget_device', () => forgetDevice(engine, userId, deviceId, ofTenant(engine, options))),
    trustDevice: (tokenOrId) => run('trust_device', () => trustDevice(engine, tokenOrId)),
    getSessionAnalytics: (tokenOrId) => run('analytics', () => analyse(engine, tokenOrId)),
  }
}
