import type { SessionContext } from '../session.js'
import { type Agent, platformIn, readAgent } from './user-agent.js'

/** The first language that a client asks for (RFC 9110 12.5.4), without its region. */
const LANGUAGE = /^\s*([A-Za-z]{2,8})(?:[-;,\s]|$)/

/** What a fingerprint is made of: which parts are known, and the parts. */
export interface FingerprintParts {
  /** One character that says which parts are there: two fingerprints of different kinds say nothing about each other. */
  readonly kind: 'a' | 'b'
  readonly parts: readonly string[]
}

/**
 * The signals of a request that stay the same while browsers are updated and people move: family, system, kind of device,
 * language. Neither address nor version. The platform hint counts only where it differs from the header, since it is
 * not sent everywhere. Undefined if the caller says nothing of itself.
 */
export function fingerprintParts(context: SessionContext): FingerprintParts | undefined {
  const { userAgent, clientHints, acceptLanguage } = context
  if (userAgent === undefined) return undefined
  const { browser, system, deviceClass } = readAgent(userAgent) ?? { browser: 'unknown', system: 'unknown', deviceClass: 'unknown' }
  const platform = (clientHints?.platform === undefined ? undefined : platformIn(clientHints.platform)) ?? system
  const language = acceptLanguage === undefined ? undefined : LANGUAGE.exec(acceptLanguage)?.[1]?.toLowerCase()
  const parts = [browser, system, deviceClass, platform]
  return language === undefined ? { kind: 'a', parts } : { kind: 'b', parts: [...parts, language] }
}

/** Whether two fingerprints are of one kind and differ. */
export function fingerprintsDiffer(was: string | undefined, is: string | undefined): boolean {
  return was !== undefined && is !== undefined && was.charAt(0) === is.charAt(0) && was !== is
}

const CLASS_NAMES = { desktop: 'Computer', mobile: 'Phone', tablet: 'Tablet', bot: 'Program', unknown: 'Device' } as const

/** What a person calls a device: `Firefox on Linux`. Of what is not a browser, the name of the program. */
export function deviceLabel(agent: Agent | undefined): string {
  if (agent === undefined) return 'Unknown device'
  const browser = agent.browser === 'unknown' ? CLASS_NAMES[agent.deviceClass] : agent.browser.slice(0, 64)
  return agent.system === 'unknown' ? browser : `${browser} on ${agent.system}`
}
