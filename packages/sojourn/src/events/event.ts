import type { Millis } from '../clock.js'
import type { RiskAction, RiskSignal } from '../session.js'

/** What can happen to a session, by the name under which it is published. */
export type SessionEventType =
  | 'session.created'
  | 'session.renewed'
  | 'session.elevated'
  | 'session.permissions-changed'
  | 'session.roles-changed'
  | 'session.rotated'
  | 'session.reauthenticated'
  | 'session.granted'
  | 'session.grant-used'
  | 'session.context-changed'
  | 'session.ended'
  | 'session.refused'
  | 'session.listed'
  | 'session.analysed'
  | 'user.ended'
  | 'account.changed'
  | 'sessions.ended'
  | 'keys.rotated'
  | 'keys.killed'
  | 'security.reuse'
  | 'security.context'
  | 'security.tampered'
  | 'security.stranger'
  | 'security.limit-exceeded'
  | 'security.guessing'
  | 'security.guessing-everywhere'
  | 'security.risk'
  | 'security.new-device'
  | 'security.dpop'
  | 'security.dbsc'
  | 'session.bound'
  | 'node.mode'
  | 'store.rewound'

/**
 * One thing that happened. It never carries a token, a user id or an address in clear: `subject` and `source` are keyed
 * pseudonyms, equal for equal input, so a person's events can be found by those who hold the keys.
 */
export interface SessionEvent {
  readonly type: SessionEventType
  /** Wall-clock time by the engine's clock. */
  readonly time: Millis
  /** Public id `sid_…`, where one session is meant. */
  readonly sessionId?: string
  /** Pseudonym of the user. */
  readonly subject?: string
  /** Pseudonym of the address that the request came from. */
  readonly source?: string
  readonly tenant?: string
  /** For `node.mode`: `healthy`, `suspect`, `degraded` or `recovering`. For `security.limit-exceeded`: `evicted` or `rejected`. For `session.ended` and `session.refused`: from the reason tree, for example `logout`, `expired.idle`, `TOKEN_INVALID`. */
  readonly reason?: string
  /** How many sessions, for events about several; for guessing, how many guesses within the minute. */
  /** For `security.risk`: what spoke against the caller, strongest first. */
  readonly signals?: readonly RiskSignal[]
  /** For `security.risk`: how much it comes to. */
  readonly score?: number
  /** For `security.risk`: what was done about it. */
  readonly action?: RiskAction
  /** For `security.new-device`: id of the device, `dev_…`, under which `listDevices` shows it. */
  readonly deviceId?: string
  /** How many sessions, for events about several. */
  readonly count?: number
}
