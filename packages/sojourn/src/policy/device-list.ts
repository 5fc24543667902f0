import type { Millis } from '../clock.js'
import type { DeviceClass, GeoLocation } from '../session.js'

/** A device in a user's list. */
export interface ListedDevice {
  readonly id: string
  readonly label: string
  readonly class: DeviceClass
  readonly first: Millis
  readonly last: Millis
  readonly place?: GeoLocation
  readonly trusted: boolean
}

/** A login from a device. */
export interface Arrival {
  readonly id: string
  readonly label: string
  readonly class: DeviceClass
  readonly at: Millis
  readonly place?: GeoLocation
}

interface Bounds {
  readonly most: number
  readonly retention: Millis
}

/** Those that are remembered: seen within the retention, and of too many the untrusted ones not seen for longest go first. */
function within(devices: readonly ListedDevice[], { most, retention }: Bounds, now: Millis): readonly ListedDevice[] {
  const kept = devices.filter(({ last }) => now - last < retention)
  if (kept.length <= most) return kept
  const leaving = new Set(kept.toSorted((a, b) => Number(a.trusted) - Number(b.trusted) || a.last - b.last).slice(0, kept.length - most))
  return kept.filter((device) => !leaving.has(device))
}

/** The list after some logins, last seen last, and the ids that were not in it before. */
export function withArrivals(
  devices: readonly ListedDevice[],
  arrivals: readonly Arrival[],
  bounds: Bounds,
  now: Millis,
): { readonly devices: readonly ListedDevice[]; readonly added: readonly string[] } {
  const known = new Map(within(devices, bounds, now).map((device) => [device.id, device]))
  const added: string[] = []
  for (const { id, label, class: kind, at, place } of arrivals) {
    const before = known.get(id)
    if (before === undefined) added.push(id)
    const where = place ?? before?.place
    known.delete(id)
    known.set(id, {
      id,
      label,
      class: kind,
      first: Math.min(before?.first ?? at, at),
      last: Math.max(before?.last ?? at, at),
      ...(where === undefined ? {} : { place: where }),
      trusted: before?.trusted ?? false,
    })
  }
  return { devices: within([...known.values()], bounds, now), added }
}
