import { readFile } from 'node:fs/promises'
import { type AsnResponse, type CityResponse, Reader } from 'mmdb-lib'
import { type GeoOptions, type GeoPlace, SessionError } from 'sojourn'
import type { GeoSettings } from './settings.js'

/** One kind of answer is read out of a database in memory; nothing is asked of anybody else. */
type Lookup<Answer> = (address: string) => Answer | null

async function openDatabase<Answer extends CityResponse | AsnResponse>(path: string, file: string, holds: RegExp): Promise<Lookup<Answer>> {
  const invalid = (message: string, cause?: unknown): SessionError =>
    new SessionError('CONFIG_INVALID', `${path}: ${message}`, { path, ...(cause === undefined ? {} : { cause }) })
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (cause) {
    throw invalid('the file cannot be read; give the path of a database that is there.', cause)
  }
  let reader: Reader<Answer>
  try {
    reader = new Reader<Answer>(bytes)
  } catch (cause) {
    throw invalid('the file is no database in the MaxMind format (.mmdb).', cause)
  }
  if (!holds.test(reader.metadata.databaseType))
    throw invalid(`the file holds "${reader.metadata.databaseType}", which is not what is looked for here.`)
  return (address) => reader.get(address)
}

const nothing = (): null => null

function placeIn(city: CityResponse | null, network: AsnResponse | null): GeoPlace | undefined {
  if (city === null && network === null) return undefined
  const country = city?.country?.iso_code
  const region = city?.subdivisions?.[0]?.names?.en ?? city?.subdivisions?.[0]?.iso_code
  const name = city?.city?.names?.en
  const { latitude, longitude, accuracy_radius: accuracyRadius } = city?.location ?? {}
  const asn = network?.autonomous_system_number
  return {
    ...(country === undefined ? {} : { country }),
    ...(region === undefined ? {} : { region }),
    ...(name === undefined ? {} : { city: name }),
    ...(latitude === undefined || longitude === undefined ? {} : { latitude, longitude }),
    ...(accuracyRadius === undefined ? {} : { accuracyRadius }),
    ...(asn === undefined ? {} : { asn }),
  }
}

/**
 * Opens the databases of places and networks. Both are read whole into memory, so that a lookup asks neither disk nor network.
 * Throws `CONFIG_INVALID` for a file that is not there or holds something else.
 */
export async function openGeo({ database, asnDatabase, precision }: GeoSettings): Promise<GeoOptions | undefined> {
  if (database === undefined && asnDatabase === undefined) return undefined
  const at = 'session_manager.geo'
  const cities: Lookup<CityResponse> =
    database === undefined ? nothing : await openDatabase(`${at}.database`, database, /City|Country|Enterprise/i)
  const networks: Lookup<AsnResponse> =
    asnDatabase === undefined ? nothing : await openDatabase(`${at}.asn_database`, asnDatabase, /ASN|ISP/i)
  return { locate: (address) => placeIn(cities(address), networks(address)), ...(precision === undefined ? {} : { precision }) }
}
