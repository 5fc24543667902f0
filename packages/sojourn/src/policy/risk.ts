import type { Millis } from '../clock.js'
import type { RiskAction, RiskSignal, SessionContext } from '../session.js'
import type { Settings } from '../settings.js'
import { otherAgent, otherDevice } from './context.js'
import { fingerprintsDiffer } from './device.js'
import { distance, type StoredPlace } from './place.js'

/** What a session knows of its user from before. */
export interface Known {
  /** Browser and device that the session was given to. */
  readonly bound: SessionContext
  readonly fingerprint?: string
  readonly place?: StoredPlace
  /** When it was last used from there. */
  readonly placeAt?: Millis
  /** Addresses it was used from, oldest first, as blocks of one subscriber. */
  readonly addresses: readonly string[]
  readonly lastActivity: Millis
}

/** What a caller shows now. */
export interface Shown {
  readonly context: SessionContext
  readonly fingerprint?: string
  readonly place?: StoredPlace
  /** Its address, as a block. */
  readonly address?: string
}

export interface RiskVerdict {
  /** Strongest first. */
  readonly signals: readonly RiskSignal[]
  readonly score: number
  readonly action: RiskAction
}

/** How much a signal counts. Those of one kind are no independent proofs: of each kind only the strongest one is added. */
const WEIGHTS: Readonly<Record<RiskSignal, { readonly kind: 'device' | 'place' | 'both'; readonly weight: number }>> = Object.freeze({
  'two-places': { kind: 'both', weight: 60 },
  'impossible-travel': { kind: 'place', weight: 60 },
  'country-changed': { kind: 'place', weight: 40 },
  'network-changed': { kind: 'place', weight: 35 },
  'address-changed': { kind: 'place', weight: 5 },
  'device-changed': { kind: 'device', weight: 30 },
  'agent-changed': { kind: 'device', weight: 30 },
  'fingerprint-changed': { kind: 'device', weight: 20 },
})

const STRENGTH: Readonly<Record<RiskAction, number>> = { log: 0, refuse: 1, 'step-up': 2, terminate: 3 }

/** Kilometres, doubts taken off, below which nobody is said to have travelled: a telephone that leaves the house comes out in another city. */
const LEAST_TRAVEL = 200
/** Within this time one person does not change both the device and the network. */
const AT_ONCE: Millis = 10_000
const HOUR: Millis = 3_600_000

/** Whether nobody can have come from one place to the other in the time between. What is not known is not judged. */
export function impossibleTravel(from: StoredPlace, to: StoredPlace, elapsed: Millis, maxSpeed: number): boolean {
  const apart = distance(from, to)
  if (apart === undefined) return false
  const least = apart - (from.radius ?? 0) - (to.radius ?? 0)
  return least > LEAST_TRAVEL && least > maxSpeed * (Math.max(0, elapsed) / HOUR)
}

const differ = <T>(was: T | undefined, is: T | undefined): boolean => was !== undefined && is !== undefined && was !== is

function deviceSignals(settings: Settings, { bound, fingerprint }: Known, shown: Shown): readonly RiskSignal[] {
  const agent = otherAgent(bound.userAgent, shown.context.userAgent)
  const device = settings.context.device && otherDevice(bound.deviceId, shown.context.deviceId)
  const print = settings.context.device && !agent && fingerprintsDiffer(fingerprint, shown.fingerprint)
  return [
    ...(device ? ['device-changed' as const] : []),
    ...(agent ? ['agent-changed' as const] : []),
    ...(print ? ['fingerprint-changed' as const] : []),
  ]
}

function placeSignals(settings: Settings, { place: was, placeAt }: Known, { place: is }: Shown, now: Millis): readonly RiskSignal[] {
  if (!settings.context.location || was === undefined || is === undefined) return []
  const travelled = placeAt !== undefined && impossibleTravel(was, is, now - placeAt, settings.risk.maxSpeed)
  return [
    ...(travelled ? ['impossible-travel' as const] : []),
    ...(differ(was.country, is.country) ? ['country-changed' as const] : []),
    ...(differ(was.asn, is.asn) ? ['network-changed' as const] : []),
  ]
}

function scoreOf(signals: readonly RiskSignal[]): number {
  const strongest = { device: 0, place: 0, both: 0 }
  for (const signal of signals) {
    const { kind, weight } = WEIGHTS[signal]
    strongest[kind] = Math.max(strongest[kind], weight)
  }
  return strongest.device + strongest.place + strongest.both
}

const stronger = (a: RiskAction, b: RiskAction): RiskAction => (STRENGTH[a] >= STRENGTH[b] ? a : b)

/**
 * What speaks against a caller, how much, and what is to be done. Undefined if nothing does. What is not known speaks
 * against nobody, and an address alone never asks for more than a line in the log.
 */
export function judge(settings: Settings, known: Known, shown: Shown, now: Millis): RiskVerdict | undefined {
  const devices = deviceSignals(settings, known, shown)
  const isElsewhere = shown.address !== undefined && known.addresses.length > 0 && known.addresses.at(-1) !== shown.address
  const isNew = shown.address !== undefined && known.addresses.length > 0 && !known.addresses.includes(shown.address)
  const isOther = devices.includes('device-changed') || devices.includes('agent-changed')
  const found: RiskSignal[] = [
    ...(isOther && isElsewhere && now - known.lastActivity <= AT_ONCE ? ['two-places' as const] : []),
    ...placeSignals(settings, known, shown, now),
    ...devices,
    ...(isNew ? ['address-changed' as const] : []),
  ]
  if (found.length === 0) return undefined
  const signals = found.toSorted((a, b) => WEIGHTS[b].weight - WEIGHTS[a].weight)
  const score = scoreOf(signals)
  const { actions, thresholds } = settings.risk
  const byScore: RiskAction = score >= thresholds.terminate ? 'terminate' : score >= thresholds.stepUp ? 'step-up' : 'log'
  return { signals, score, action: signals.map((signal) => actions[signal]).reduce(stronger, byScore) }
}
