import type { Duration } from './config.js'
import type { GeoPlace, RiskAction, RiskSignal } from './session.js'

export interface ContextValidationOptions {
  /** Refuse, with `CONTEXT_MISMATCH`, a token that comes from another kind of browser or system than it was given to. @default true */
  readonly enabled?: boolean
  /** Refuse as well when the application's device id differs. @default true */
  readonly device?: boolean
  /** Judge countries, networks and travel, as far as places are known: from `geo`, or from the location that the caller gives. @default true */
  readonly location?: boolean
}

export interface RiskOptions {
  /**
   * What each signal does by itself. @default `refuse` for `agent-changed` and `device-changed`, `step-up` for
   * `impossible-travel` and `two-places`, `log` for the others
   */
  readonly actions?: Readonly<Partial<Record<RiskSignal, RiskAction>>>
  /** Scores from which several signals together do more. @default { stepUp: 60, terminate: 100 } */
  readonly thresholds?: { readonly stepUp?: number; readonly terminate?: number }
  /** Kilometres per hour above which nobody travels. @default 1000 */
  readonly maxSpeed?: number
}

/** Finds places of addresses, in this process: a database in memory, for example. */
export interface GeoOptions {
  /** Undefined for an address that is not known. If it throws, or takes longer than 100 ms, the session goes on without a place. */
  locate(address: string): GeoPlace | undefined | Promise<GeoPlace | undefined>
  /** Whether cities and exact coordinates are kept, or countries and regions only. @default 'region' */
  readonly precision?: 'region' | 'city'
}

export interface PrivacyOptions {
  /** What is kept of addresses: all, the first 24 bits (IPv6: 48), or nothing. @default 'full' */
  readonly addresses?: 'full' | 'truncate' | 'none'
  /** What is kept of user agents: all, or family, major version, system and kind of device. @default 'full' */
  readonly agents?: 'full' | 'family'
}

export interface DevicesOptions {
  /** Whether the devices of users are remembered. @default true */
  readonly enabled?: boolean
  /** Most devices of one user; the one not seen for longest makes room. @default 50 */
  readonly most?: number
  /** How long a device is remembered that is not used. @default '90d' */
  readonly retention?: Duration
}
