/** Why a session ended, as far as it concerns whoever held its token (TRM-14). */
export type PublicReason = 'expired' | 'revoked' | 'replaced' | 'security'

const REPLACED: ReadonlySet<string> = new Set(['replaced', 'limit'])

/**
 * The coarse form of a reason. The full one is for the application and its operators: to somebody who holds a stolen token
 * it would tell what was noticed.
 */
export function publicReason(reason: string): PublicReason {
  const [first = ''] = reason.split('.')
  if (first === 'expired') return 'expired'
  if (first === 'security') return 'security'
  return REPLACED.has(first) ? 'replaced' : 'revoked'
}
