import { addressBlock, truncatedAddress } from '../input/address.js'
import { writtenAgent } from '../policy/user-agent.js'
import type { SessionContext } from '../session.js'
import type { Settings } from '../settings.js'

/** An address as it may be kept. */
export function keptAddress({ privacy }: Pick<Settings, 'privacy'>, address: string | undefined): string | undefined {
  if (address === undefined || privacy.addresses === 'none') return undefined
  return privacy.addresses === 'full' ? address : truncatedAddress(address)
}

/** A user agent as it may be kept. */
export function keptAgent({ privacy }: Pick<Settings, 'privacy'>, agent: string | undefined): string | undefined {
  return agent === undefined || privacy.agents === 'full' ? agent : writtenAgent(agent)
}

/**
 * What of a context may be stored: addresses and agents as is configured, client hints and languages never, since only what
 * they come to is needed again.
 */
export function keptContext(settings: Pick<Settings, 'privacy'>, context: SessionContext): SessionContext {
  const { ipAddress, userAgent, clientHints: _hints, acceptLanguage: _language, ...rest } = context
  const address = keptAddress(settings, ipAddress)
  const agent = keptAgent(settings, userAgent)
  // Not spread: what is spread and frozen later has a hidden class of its own.
  const kept: { -readonly [Part in keyof SessionContext]: SessionContext[Part] } = {}
  if (address !== undefined) kept.ipAddress = address
  if (agent !== undefined) kept.userAgent = agent
  return Object.assign(kept, rest)
}

/** What addresses are compared by: the block of one subscriber, as far as addresses are kept. */
export function comparedAddress(settings: Pick<Settings, 'privacy'>, address: string | undefined): string | undefined {
  const kept = keptAddress(settings, address)
  return kept === undefined || settings.privacy.addresses === 'truncate' ? kept : addressBlock(kept)
}
