import type { SessionContext } from '../session.js'
import type { Settings } from '../settings.js'
import { agentFamily } from './user-agent.js'

/** Which part of the context speaks against the caller. */
export type Mismatch = 'userAgent' | 'deviceId'

/** Whether two user agents are of different browsers or systems. */
export function otherAgent(bound: string | undefined, presented: string | undefined): boolean {
  if (bound === undefined || presented === undefined || bound === presented) return false
  const was = agentFamily(bound)
  const is = agentFamily(presented)
  return was.browser !== is.browser || was.system !== is.system
}

/** Whether the application names another device. */
export function otherDevice(bound: string | undefined, presented: string | undefined): boolean {
  return bound !== undefined && presented !== undefined && bound !== presented
}

/**
 * Whether a caller looks like somebody other than the one the session was given to. What is not known speaks against
 * nobody. An address never does: telephones change theirs all day, and a browser its version over night.
 */
export function contextMismatch(settings: Settings, bound: SessionContext, presented: SessionContext | undefined): Mismatch | undefined {
  if (!settings.context.enabled || presented === undefined) return undefined
  if (settings.context.device && otherDevice(bound.deviceId, presented.deviceId)) return 'deviceId'
  return otherAgent(bound.userAgent, presented.userAgent) ? 'userAgent' : undefined
}
