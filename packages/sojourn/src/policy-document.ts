import type { SessionManagerOptions } from './config.js'
import { describePolicy } from './policy/describe-policy.js'
import { resolveSettings } from './settings.js'

/**
 * The rules that a manager with these options would follow, as a Markdown document for people: limits, roles, what happens at the
 * limit of sessions, and in what they depart from the chosen profile and why (OWASP ASVS 7.1.1, 7.1.2).
 *
 * Equal options give equal text. Throws `CONFIG_INVALID` for options that cannot be meant.
 */
export function policyDocument(options: SessionManagerOptions = {}): string {
  return describePolicy(resolveSettings(options))
}
