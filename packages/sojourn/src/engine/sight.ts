import type { Millis } from '../clock.js'
import { mac } from '../crypto/hash.js'
import { deviceLabel, fingerprintParts } from '../policy/device.js'
import type { StoredPlace } from '../policy/place.js'
import { readAgent } from '../policy/user-agent.js'
import type { SessionContext, SessionDevice } from '../session.js'
import type { Engine } from './engine.js'
import { placeOf } from './place-of.js'
import type { StoredSighting } from './record.js'

/** 132 bits: equal by chance never. */
const ID_CHARACTERS = 22

/** Whose session it is. Fingerprints are made for each user apart, so that they cannot be joined across users. */
export interface Whose {
  readonly userId: string
  readonly tenant: string | null
}

const hash = (engine: Pick<Engine, 'keys'>, purpose: string, { userId, tenant }: Whose, parts: readonly string[]): string =>
  mac(engine.keys.pseudonym, purpose, tenant ?? '', userId, ...parts).slice(0, ID_CHARACTERS)

/** The keyed hash over the lasting signals of a request; its first character says of which. */
function fingerprintOf(engine: Pick<Engine, 'keys'>, whose: Whose, context: SessionContext): string | undefined {
  const print = fingerprintParts(context)
  return print === undefined ? undefined : print.kind + hash(engine, 'fingerprint', whose, print.parts)
}

/** The device that a request comes from, by the name that the application gives it, or else by its fingerprint. */
function deviceOf(engine: Pick<Engine, 'keys'>, whose: Whose, context: SessionContext): SessionDevice | undefined {
  const fingerprint = fingerprintOf(engine, whose, context)
  const { deviceId, userAgent, clientHints } = context
  if (fingerprint === undefined && deviceId === undefined) return undefined
  const agent = readAgent(userAgent, clientHints)
  return {
    id: `dev_${hash(engine, 'device', whose, deviceId === undefined ? ['print', fingerprint ?? ''] : ['name', deviceId])}`,
    label: deviceLabel(agent),
    class: agent?.deviceClass ?? 'unknown',
    ...(fingerprint === undefined ? {} : { fingerprint }),
  }
}

type Looking = Pick<Engine, 'keys' | 'settings' | 'locate' | 'logger'>

/** What one request shows of its caller. */
export interface Sight {
  readonly seen?: StoredSighting
  readonly device?: SessionDevice
}

/**
 * Looks at a request. What fails is left out, with a warning: nothing fails for it (mission F1). A promise only where the place
 * has to be waited for.
 */
export function sightOf(engine: Looking, whose: Whose, context: SessionContext, at: Millis): Sight | Promise<Sight> {
  const place = placeOf(engine, context)
  return place instanceof Promise
    ? place.then((found) => sightAt(engine, whose, context, at, found))
    : sightAt(engine, whose, context, at, place)
}

function sightAt(engine: Looking, whose: Whose, context: SessionContext, at: Millis, place: StoredPlace | undefined): Sight {
  let device: SessionDevice | undefined
  try {
    device = deviceOf(engine, whose, context)
  } catch (error) {
    engine.logger.warn({ error: String(error) }, 'the device behind a request could not be told; the session goes on without it')
  }
  const fingerprint = device?.fingerprint
  if (fingerprint === undefined && place === undefined) return device === undefined ? {} : { device }
  const seen = { at, ...(fingerprint === undefined ? {} : { fingerprint }), ...(place === undefined ? {} : { place }) }
  return { seen, ...(device === undefined ? {} : { device }) }
}
