import type { Millis } from '../clock.js'

/** All limits that hold for one kind of session. Times are milliseconds; `Infinity` is no limit. */
export interface Limits {
  /** Longest time between two uses. */
  readonly idle: Millis
  /** Life given at creation and at each renewal. */
  readonly lifetime: Millis
  /** Longest life from creation on, renewals included. */
  readonly duration: Millis
  /** Longest life from the authentication on. */
  readonly absolute: Millis
  /** A token can be renewed when this much or less of its life is left. */
  readonly threshold: Millis
  readonly maxRenewals: number
  /** How long a replaced token is still good for. */
  readonly grace: Millis
  /** Most sessions of its user at the same time. */
  readonly maxSessions: number
  /** How long elevated permissions last if nobody says how long. */
  readonly elevation: Millis
  /** How long elevated permissions last at most, whatever was said. */
  readonly longestElevation: Millis
  /** Age of the authentication from which on a user has to prove again who they are. */
  readonly reauthAfter: Millis
}

/** What a role says; what it does not say is left to the general limits. */
export type RoleLimits = Partial<Omit<Limits, 'threshold' | 'longestElevation'>>
