import type { Clock, Millis } from '../clock.js'
import type { Logger } from '../events/log.js'
import type { Metrics } from '../events/metrics.js'
import { type StoredPlace, storedPlace } from '../policy/place.js'
import type { GeoPlace, SessionContext } from '../session.js'
import type { Settings } from '../settings.js'

/** Finds the place of an address. Answers soon, and never fails. */
export type Locate = (address: string) => GeoPlace | undefined | Promise<GeoPlace | undefined>

/** A lookup in memory takes microseconds; one that takes longer than this must not hold up a login. */
const DEADLINE: Millis = 100
/** After one that took too long, nothing is looked up for a while: each would hold up a request. */
const PAUSE: Millis = 30_000

const isBetween = (value: unknown, most: number): value is number => typeof value === 'number' && Math.abs(value) <= most
/** A text of a database; anything longer or with control characters in it is none. */
const isName = (value: unknown): value is string => typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,128}$/u.test(value)

/** The parts of an answer that make sense. */
function sensible(place: GeoPlace): GeoPlace {
  const { country, region, city, latitude, longitude, accuracyRadius, asn } = place
  return {
    ...(isName(country) ? { country } : {}),
    ...(isName(region) ? { region } : {}),
    ...(isName(city) ? { city } : {}),
    ...(isBetween(latitude, 90) && isBetween(longitude, 180) ? { latitude, longitude } : {}),
    ...(isBetween(accuracyRadius, 20_038) && accuracyRadius >= 0 ? { accuracyRadius } : {}),
    ...(isBetween(asn, 4_294_967_295) ? { asn } : {}),
  }
}

interface Watching {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Guards a lookup that others wrote: what throws or hangs there counts as not known, with a warning. */
export function guardedLocate(locate: Locate | undefined, { clock, logger, metrics }: Watching): Locate {
  if (locate === undefined) return () => undefined
  let quietUntil: Millis = 0

  function failed(fault: string): undefined {
    metrics.count('sojourn_geo_failures_total')
    logger.warn({ fault }, 'the place of an address could not be looked up; the session goes on without one')
    return undefined
  }
  async function intime(answer: Promise<GeoPlace | undefined>): Promise<GeoPlace | undefined> {
    let cancel: (() => void) | undefined
    const late = new Promise<'late'>((resolve) => {
      cancel = clock.after(DEADLINE, () => resolve('late'), 'hold')
    })
    try {
      const place = await Promise.race([answer, late])
      if (place !== 'late') return place === undefined ? undefined : sensible(place)
      quietUntil = clock.monotonic() + PAUSE
      return failed('it took too long')
    } catch (error) {
      return failed(String(error))
    } finally {
      cancel?.()
    }
  }

  return (address) => {
    if (clock.monotonic() < quietUntil) return undefined
    try {
      const answer = locate(address)
      if (answer === undefined || answer === null) return undefined
      return 'then' in answer ? intime(answer) : sensible(answer)
    } catch (error) {
      return failed(String(error))
    }
  }
}

/** Where a caller is: what the application says, or else what its address says. */
export function placeOf(
  engine: { readonly settings: Settings; readonly locate: Locate },
  { ipAddress, location }: SessionContext,
): StoredPlace | undefined | Promise<StoredPlace | undefined> {
  const { precision } = engine.settings.geo
  const kept = (found: GeoPlace | undefined): StoredPlace | undefined => (found === undefined ? undefined : storedPlace(found, precision))
  if (typeof location === 'object') return storedPlace(location, precision)
  const found = ipAddress === undefined ? undefined : engine.locate(ipAddress)
  return found instanceof Promise ? found.then(kept) : kept(found)
}
