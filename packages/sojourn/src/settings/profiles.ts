import type { Millis } from '../clock.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What a profile asks for. Every value is the loosest that conforms to it. */
export interface Profile {
  readonly idle: Millis
  /** Longest life of an ordinary session, from the authentication on. */
  readonly absolute: Millis
  /** How old a token may become in a session that is used. */
  readonly rotation: Millis
  readonly grace: Millis
  /** Longest life of a remembered session; undefined where remembering would take the place of an authentication. */
  readonly remembered?: Millis
  /** Whether sessions are remembered unless it is said otherwise. */
  readonly remembers: boolean
  readonly elevation: Millis
  readonly maxSessions: number
}

export type ProfileName = 'web' | 'pci' | 'aal1' | 'aal2' | 'aal3'

/**
 * `web`: OWASP session management. `pci`: PCI DSS 8.2.8. `aal1` to `aal3`: NIST SP 800-63B-4, sections 2.1.3, 2.2.3, 2.3.3 and
 * 5.1. Where the standard names no number, the stricter of the usual ones.
 */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = Object.freeze({
  web: {
    idle: 30 * MINUTE,
    absolute: 12 * HOUR,
    rotation: HOUR,
    grace: 10 * SECOND,
    remembered: 30 * DAY,
    remembers: false,
    elevation: 5 * MINUTE,
    maxSessions: 10,
  },
  pci: {
    idle: 15 * MINUTE,
    absolute: 8 * HOUR,
    rotation: 15 * MINUTE,
    grace: 10 * SECOND,
    remembers: false,
    elevation: 5 * MINUTE,
    maxSessions: 1,
  },
  aal1: {
    idle: 14 * DAY,
    absolute: 30 * DAY,
    rotation: DAY,
    grace: 10 * SECOND,
    remembered: 30 * DAY,
    remembers: true,
    elevation: 15 * MINUTE,
    maxSessions: 10,
  },
  aal2: {
    idle: HOUR,
    absolute: DAY,
    rotation: HOUR,
    grace: 10 * SECOND,
    remembers: false,
    elevation: 5 * MINUTE,
    maxSessions: 5,
  },
  aal3: {
    idle: 15 * MINUTE,
    absolute: 12 * HOUR,
    rotation: 15 * MINUTE,
    grace: 10 * SECOND,
    remembers: false,
    elevation: 2 * MINUTE,
    maxSessions: 1,
  },
})
