import type { GeoLocation, GeoPlace } from '../session.js'

/** A place as a session remembers it: enough to judge the next one by, and no more precise than is configured. */
export interface StoredPlace {
  readonly country?: string
  readonly region?: string
  readonly city?: string
  readonly latitude?: number
  readonly longitude?: number
  /** Kilometres around it within which the caller was. */
  readonly radius?: number
  readonly asn?: number
}

/** Kilometres by which rounding both degrees to whole ones can move a point. */
const ROUNDED_BY = 79
/** Kilometres, for coordinates of which nobody says how exact they are: about a city with its surroundings. */
const ASSUMED_RADIUS = 50
const EARTH_RADIUS = 6_371

const round = (degrees: number): number => Math.round(degrees)

/**
 * What is kept of a place. With `region` the city goes, and coordinates are rounded to whole degrees, which is no more
 * precise than a region and still tells Berlin from Sydney.
 */
export function storedPlace(place: GeoPlace, precision: 'region' | 'city'): StoredPlace {
  const { country, region, city, latitude, longitude, accuracyRadius = ASSUMED_RADIUS, asn } = place
  const isExact = precision === 'city'
  const point =
    latitude === undefined || longitude === undefined
      ? {}
      : isExact
        ? { latitude, longitude, radius: accuracyRadius }
        : { latitude: round(latitude), longitude: round(longitude), radius: accuracyRadius + ROUNDED_BY }
  return {
    ...(country === undefined ? {} : { country }),
    ...(region === undefined ? {} : { region }),
    ...(city === undefined || !isExact ? {} : { city }),
    ...point,
    ...(asn === undefined ? {} : { asn }),
  }
}

/** What is shown of a place that a session remembers; undefined if that is nothing. */
export function shownPlace(place: StoredPlace | undefined): GeoLocation | undefined {
  if (place === undefined) return undefined
  const { country, region, city } = place
  if (country === undefined && region === undefined && city === undefined) return undefined
  return {
    ...(country === undefined ? {} : { country }),
    ...(region === undefined ? {} : { region }),
    ...(city === undefined ? {} : { city }),
  }
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** Kilometres between two points on the ground, by the haversine formula; undefined where a point is not known. */
export function distance(from: StoredPlace, to: StoredPlace): number | undefined {
  if (from.latitude === undefined || from.longitude === undefined || to.latitude === undefined || to.longitude === undefined)
    return undefined
  const half = (a: number, b: number): number => Math.sin(radians(b - a) / 2) ** 2
  const chord =
    half(from.latitude, to.latitude) +
    Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * half(from.longitude, to.longitude)
  return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(chord)))
}
