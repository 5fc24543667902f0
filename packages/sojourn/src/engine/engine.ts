import type { Coherence } from '../coherence/coherence.js'
import type { NearStore } from '../coherence/near-store.js'
import type { Random } from '../crypto/random.js'
import type { Signer } from '../crypto/signer.js'
import type { EventBus } from '../events/bus.js'
import type { Logger } from '../events/log.js'
import type { Metrics } from '../events/metrics.js'
import type { Outbox } from '../events/outbox.js'
import type { KeyHolder } from '../keyring/key-holder.js'
import type { LegacySource } from '../legacy/source.js'
import type { HighWater } from '../outage/high-water.js'
import type { Outage } from '../outage/outage.js'
import type { Settings } from '../settings.js'
import type { Tokens } from '../token/tokens.js'
import type { Activity } from './activity.js'
import type { ClockWatch } from './clock-watch.js'
import type { DeviceRegistry } from './device-registry.js'
import type { Grace } from './grace.js'
import type { Guard } from './guard.js'
import type { OpenedRows } from './opened-rows.js'
import type { Locate } from './place-of.js'
import type { Provisional } from './provisional.js'
import type { Sightings } from './sightings.js'
import type { SourceRate } from './source-rate.js'
import type { SteadyClock } from './steady-clock.js'
import type { Throttle } from './throttle.js'
import type { Turns } from './turns.js'
import type { Unfinished } from './unfinished.js'
import type { Visible } from './visible.js'
import type { Findings } from './warm.js'

/** What the verbs work with. A record of collaborators and no more: each verb is a function beside it. */
export interface Engine {
  readonly store: NearStore
  readonly coherence: Coherence
  readonly keys: KeyHolder
  readonly tickets: Tokens
  /** Configured secrets that JWT tokens are signed with; the first one signs. */
  readonly signing: readonly Signer[]
  readonly settings: Settings
  /**
   * Whether a validation also reads the user's not-before: where the index may lose an entry (Memcached), so that a session
   * missing from it ends with the others, and where a read costs no round trip.
   */
  readonly readsNotBefore: boolean
  /** Never runs backwards: steady-clock.ts. */
  readonly clock: SteadyClock
  readonly clockWatch: ClockWatch
  readonly random: Random
  readonly events: EventBus
  readonly audit: Outbox
  readonly metrics: Metrics
  readonly logger: Logger
  readonly activity: Activity
  readonly devices: DeviceRegistry
  readonly sightings: Sightings
  /** Finds the place of an address; undefined where that is not known. */
  readonly locate: Locate
  readonly opened: OpenedRows
  readonly throttle: Throttle
  readonly findings: Findings
  readonly turns: Turns
  readonly unfinished: Unfinished
  readonly anonymousRate: SourceRate
  /** The only tenant whose sessions these verbs see and make; undefined for all. */
  readonly scope?: string
  /** Whether the store answers. */
  readonly outage: Outage
  /** What may be said again while it does not; absent where nothing may. */
  readonly grace: Grace | undefined
  /** Sessions that only this node knows; absent where it makes none. */
  readonly provisional: Provisional | undefined
  /** Tells when the store has gone back in time; absent where nothing would be left to tell it. */
  readonly highWater: HighWater | undefined
  /** How long ends took until every node refused. */
  readonly visible: Visible
  /** Older libraries whose sessions are taken over as they are used. */
  readonly legacy: readonly LegacySource[]
  /** What must be shown beside a token that is bound to a key. */
  readonly guards: readonly Guard[]
}
