import { type ConfigKey, flag, whole } from '../key.js'

const at = 'session_manager.security.throttle'
const MOST = 1_000_000_000

/** When invalid tokens and keys count as guessing. */
export const throttleKeys: readonly ConfigKey[] = [
  flag(`${at}.enabled`, 'Whether invalid tokens and keys are counted by address.', (enabled) => ({ sessions: { throttle: { enabled } } })),
  whole(
    `${at}.invalid_per_minute`,
    'Invalid tokens and keys from one address within a minute, above which they are answered 429.',
    [1, MOST],
    (invalidPerMinute) => ({ sessions: { throttle: { invalidPerMinute } } }),
  ),
  whole(
    `${at}.global_per_minute`,
    'Invalid tokens and keys from all addresses within a minute, above which an event is raised.',
    [1, MOST],
    (globalPerMinute) => ({ sessions: { throttle: { globalPerMinute } } }),
  ),
]
