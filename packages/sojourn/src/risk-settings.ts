import type { Millis } from './clock.js'
import type { SessionManagerOptions } from './config.js'
import { parseDuration } from './duration.js'
import { SessionError } from './errors.js'
import type { RiskAction, RiskSignal } from './session.js'

/** The options about risk, places, devices and what is kept of them, resolved. */
export interface RiskSettings {
  readonly risk: {
    readonly actions: Readonly<Record<RiskSignal, RiskAction>>
    readonly thresholds: { readonly stepUp: number; readonly terminate: number }
    /** Kilometres per hour. */
    readonly maxSpeed: number
  }
  readonly geo: { readonly precision: 'region' | 'city' }
  readonly privacy: { readonly addresses: 'full' | 'truncate' | 'none'; readonly agents: 'full' | 'family' }
  readonly devices: { readonly enabled: boolean; readonly most: number; readonly retention: Millis }
}

const DAY = 86_400_000

const ACTIONS: Readonly<Record<RiskSignal, RiskAction>> = Object.freeze({
  'agent-changed': 'refuse',
  'device-changed': 'refuse',
  'fingerprint-changed': 'log',
  'address-changed': 'log',
  'network-changed': 'log',
  'country-changed': 'log',
  'impossible-travel': 'step-up',
  'two-places': 'step-up',
})

const CHOICES: readonly RiskAction[] = ['log', 'refuse', 'step-up', 'terminate']
/** Above this, no score can be reached. */
const MAX_SCORE = 1_000
/** Light, in kilometres per hour. */
const MAX_SPEED = 1_079_252_848
/** The list is one record, read and written whole. */
const MAX_DEVICES = 500

function refuse(path: string, found: unknown, allowed: string): never {
  const shown = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? JSON.stringify(found) : typeof found
  throw new SessionError('CONFIG_INVALID', `${path}: found ${shown}; ${allowed}`, { path })
}

function section(path: string, value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, value, 'it must be an object.')
  for (const key of Object.keys(value))
    if (!known.includes(key)) refuse(`${path}.${key}`, key, `there is no such option; known are ${known.join(', ')}.`)
  return value as Readonly<Record<string, unknown>>
}

function choice<const T extends string>(path: string, value: unknown, fallback: T, allowed: readonly T[]): T {
  if (value === undefined) return fallback
  const found = allowed.find((one) => one === value)
  return found ?? refuse(path, value, `it must be ${allowed.map((one) => `"${one}"`).join(' or ')}.`)
}

function amount(path: string, value: unknown, fallback: number, most: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !(value >= 1 && value <= most)) refuse(path, value, `it must be a number from 1 to ${most}.`)
  return value
}

function resolveScores(value: unknown): RiskSettings['risk'] {
  const given = section('risk', value, ['actions', 'thresholds', 'maxSpeed'])
  const actions = section('risk.actions', given['actions'], Object.keys(ACTIONS))
  const thresholds = section('risk.thresholds', given['thresholds'], ['stepUp', 'terminate'])
  const stepUp = amount('risk.thresholds.stepUp', thresholds['stepUp'], 60, MAX_SCORE)
  const terminate = amount('risk.thresholds.terminate', thresholds['terminate'], Math.max(100, stepUp), MAX_SCORE)
  if (terminate < stepUp) refuse('risk.thresholds.terminate', terminate, `it must not be below risk.thresholds.stepUp (${stepUp}).`)
  const chosen = (Object.keys(ACTIONS) as RiskSignal[]).map((signal) => [
    signal,
    choice(`risk.actions.${signal}`, actions[signal], ACTIONS[signal], CHOICES),
  ])
  return {
    actions: Object.freeze(Object.fromEntries(chosen) as Record<RiskSignal, RiskAction>),
    thresholds: { stepUp, terminate },
    maxSpeed: amount('risk.maxSpeed', given['maxSpeed'], 1_000, MAX_SPEED),
  }
}

function resolveDevices(value: unknown): RiskSettings['devices'] {
  const given = section('devices', value, ['enabled', 'most', 'retention'])
  const { enabled = true, most = 50, retention = 90 * DAY } = given
  if (typeof enabled !== 'boolean') refuse('devices.enabled', enabled, 'it must be true or false.')
  if (typeof most !== 'number' || !Number.isInteger(most) || most < 1 || most > MAX_DEVICES)
    refuse('devices.most', most, `it must be a whole number from 1 to ${MAX_DEVICES}.`)
  const kept = parseDuration(retention)
  if (kept === undefined || kept < 1) refuse('devices.retention', retention, 'it must be a length of time, for example "90d".')
  return { enabled, most, retention: kept }
}

/** Checks the options and fills in what is missing. Throws `CONFIG_INVALID` with the path of the first that cannot be meant. */
export function resolveRisk(options: SessionManagerOptions): RiskSettings {
  const geo = section('geo', options.geo, ['locate', 'precision'])
  if (options.geo !== undefined && typeof geo['locate'] !== 'function')
    refuse('geo.locate', geo['locate'], 'it must be a function from an address to a place.')
  const privacy = section('privacy', options.privacy, ['addresses', 'agents'])
  return {
    risk: resolveScores(options.risk),
    geo: { precision: choice('geo.precision', geo['precision'], 'region', ['region', 'city']) },
    privacy: {
      addresses: choice('privacy.addresses', privacy['addresses'], 'full', ['full', 'truncate', 'none']),
      agents: choice('privacy.agents', privacy['agents'], 'full', ['full', 'family']),
    },
    devices: resolveDevices(options.devices),
  }
}
