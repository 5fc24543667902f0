import { always, type ConfigKey, choice, duration, flag, text, whole } from '../key.js'

const at = 'session_manager'

/** How a presented token is judged. */
export const validationKeys: readonly ConfigKey[] = [
  always(
    `${at}.validation.check_expiration`,
    'Whether an expired session is refused.',
    'an expired session is always refused; write true or leave it out.',
  ),
  flag(`${at}.validation.validate_context`, 'Whether it is judged at all from where and with what a token is presented.', (enabled) => ({
    sessions: { contextValidation: { enabled } },
  })),
  flag(`${at}.validation.check_device_fingerprint`, 'Whether device ids and fingerprints are judged.', (device) => ({
    sessions: { contextValidation: { device } },
  })),
  flag(
    `${at}.validation.validate_location`,
    'Whether countries, networks and travel are judged, as far as places are known.',
    (location) => ({ sessions: { contextValidation: { location } } }),
  ),
]

/** When a token is replaced. */
export const renewalKeys: readonly ConfigKey[] = [
  flag(`${at}.renewal.auto_renewal`, 'Whether a validation renews by itself once the threshold is reached.', (auto) => ({
    sessions: { renewal: { auto } },
  })),
  duration(`${at}.renewal.renewal_threshold`, 'A token can be renewed when this much or less of its life is left.', (threshold) => ({
    sessions: { renewal: { threshold } },
  })),
  whole(`${at}.renewal.max_renewals`, 'How often one session can be renewed.', [0, 1_000_000], (maxRenewals) => ({
    sessions: { renewal: { maxRenewals } },
  })),
  duration(
    `${at}.renewal.renewal_grace_period`,
    'How long a replaced token is still good for, and how long after its end a session can still be renewed.',
    (gracePeriod) => ({ sessions: { renewal: { gracePeriod } } }),
    0,
  ),
]

const policies = `${at}.security.session_policies`

/** Limits of sessions. */
export const policyKeys: readonly ConfigKey[] = [
  whole(`${policies}.max_concurrent_sessions`, 'Most sessions that one user can have.', [1, 10_000], (maxConcurrentSessions) => ({
    sessions: { maxConcurrentSessions },
  })),
  choice(
    `${policies}.on_session_limit`,
    'What a login above the limit does.',
    ['evict-oldest', 'evict-idle', 'reject'],
    (onSessionLimit) => ({
      sessions: { onSessionLimit },
    }),
  ),
  duration(`${policies}.max_session_duration`, 'Longest life of an ordinary session, renewals included.', (time) => ({
    sessions: { maxSessionDuration: time },
  })),
  duration(`${policies}.idle_timeout`, 'Longest time between two uses.', (idleTimeout) => ({ sessions: { idleTimeout } })),
  duration(`${policies}.absolute_timeout`, 'Longest life of any session, remembered ones included.', (absoluteTimeout) => ({
    sessions: { absoluteTimeout },
  })),
  duration(`${policies}.require_reauth_after`, 'Age of the authentication from which on it has to be repeated.', (requireReauthAfter) => ({
    sessions: { requireReauthAfter },
  })),
  choice(
    `${policies}.profile`,
    'The standard that the limits follow: their defaults, and how loose they may be.',
    ['web', 'pci', 'aal1', 'aal2', 'aal3'],
    (profile) => ({ sessions: { profile } }),
  ),
  text(
    `${policies}.justification`,
    'Why limits are looser than their profile; logged at the start, and printed by `sojourn policy print`.',
    { pattern: /^(?=[\s\S]*\p{L})[\p{L}\p{M}\p{N}\p{P}\p{Sc}\p{Sm}\p{Zs}\n\t]{1,2000}$/u, allowed: 'a text of 1 to 2000 characters' },
    (justification) => ({ sessions: { justification } }),
  ),
  flag(`${at}.remember_me.enabled`, 'Whether a login can ask for a remembered session.', (enabled) => ({
    sessions: { rememberMe: { enabled } },
  })),
  duration(`${at}.remember_me.lifetime`, 'Life of a remembered session at creation and at each renewal.', (lifetime) => ({
    sessions: { rememberMe: { lifetime } },
  })),
  duration(`${at}.remember_me.idle_timeout`, 'Longest time between two uses of a remembered session.', (idleTimeout) => ({
    sessions: { rememberMe: { idleTimeout } },
  })),
  duration(`${at}.elevation.duration`, 'How long permissions last that were added to a session.', (time) => ({
    sessions: { elevation: { duration: time } },
  })),
  duration(
    `${at}.cleanup.interval`,
    'How often expired sessions are taken out; 0 for never.',
    (cleanupInterval) => ({ sessions: { cleanupInterval } }),
    0,
  ),
]
