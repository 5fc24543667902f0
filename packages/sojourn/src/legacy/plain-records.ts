import { type LegacyReading, recordOf } from './record-of.js'
import type { LegacySource } from './source.js'

export interface PlainRecordsOptions<Data> extends LegacyReading<Data> {
  /** @default 'plain-records' */
  readonly name?: string
  /** The record under this key: JSON as text, or parsed; nothing or null if there is none. */
  get(key: string): Promise<string | object | null | undefined>
  del(key: string): Promise<unknown>
  /** What stands before the id in each key. @default 'sess:' */
  readonly prefix?: string
  /**
   * The session id in a credential, or undefined if this application did not make it: where the signature is checked.
   * @default the credential is the id, 16 to 256 characters of `A-Z a-z 0-9 - _`
   */
  verify?(credential: string): string | undefined
}

const BARE_ID = /^[A-Za-z0-9_-]{16,256}$/

const bareId = (credential: string): string | undefined => (BARE_ID.test(credential) ? credential : undefined)

/**
 * Sessions that an application keeps as JSON under `sess:<id>`, in Redis or anywhere else.
 *
 * @example
 * plainRecords({ get: (key) => redis.get(key), del: (key) => redis.del(key), userIdOf: ({ userId }) => userId })
 */
export function plainRecords<Data = Readonly<Record<string, unknown>>>(options: PlainRecordsOptions<Data>): LegacySource {
  const { name = 'plain-records', prefix = 'sess:' } = options
  return Object.freeze<LegacySource>({
    name,
    read(credential) {
      const id = options.verify === undefined ? bareId(credential) : options.verify(credential)
      return id === undefined ? undefined : { id }
    },
    async load({ id }) {
      const stored = await options.get(prefix + id)
      const record: unknown = typeof stored === 'string' ? JSON.parse(stored) : stored
      return typeof record === 'object' && record !== null ? recordOf(record, options) : undefined
    },
    async remove({ id }) {
      await options.del(prefix + id)
    },
  })
}
