import type { Clock } from '../clock.js'
import type { Master } from '../crypto/master.js'
import type { RingContent } from '../crypto/ring.js'
import { sealedUnder } from '../crypto/seal.js'
import { SessionError } from '../errors.js'
import type { Row, Store } from '../store/store.js'

/** Where the ring is kept. */
export interface RingHome {
  load(): Promise<KeptRing | undefined>
  /** Puts `content` in the place of what was loaded as `over` (nothing: there was no ring). False if somebody else was faster. */
  save(content: RingContent, over: KeptRing | undefined): Promise<boolean>
}

export interface KeptRing {
  readonly content: RingContent
  readonly version: number
  /** Whether it was sealed with a master key before the current one, and should be sealed again. */
  readonly isStale: boolean
}

/** The row of the ring. It stands among the sessions, so that a copy or a backup of the store has the keys of its records. */
export const RING_ROW_ID = 'aakeyring'
const BUCKET = 'aa'
/** The last instant that a Date can show: the ring never expires. */
const NEVER = 8.64e15

const bindingOf = (version: number): string => `${RING_ROW_ID}|${version}`

/** A ring that lives and ends with this process. */
export function processHome(): RingHome {
  let kept: KeptRing | undefined
  return Object.freeze({
    load: () => Promise.resolve(kept),
    save(content: RingContent, over: KeptRing | undefined): Promise<boolean> {
      if (over !== kept) return Promise.resolve(false)
      kept = { content, version: (over?.version ?? 0) + 1, isStale: false }
      return Promise.resolve(true)
    },
  })
}

/** A ring in the store, sealed by the master key and shared by every node that has it. */
export function storedHome(store: Store, master: Master, clock: Clock): RingHome {
  return Object.freeze({
    async load(): Promise<KeptRing | undefined> {
      const row = await store.get(RING_ROW_ID)
      if (row === undefined) return undefined
      const opened = master.open(row.data, BUCKET, bindingOf(row.version))
      if (opened.kind !== 'open') {
        throw new SessionError(
          'CONFIG_INVALID',
          'keys: this store belongs to another key. Give the key that it was made with (as `previous`, if it was changed since); without it no stored session can be opened.',
          { path: 'keys' },
        )
      }
      return {
        content: JSON.parse(Buffer.from(opened.plain).toString()),
        version: row.version,
        isStale: !master.isCurrent(sealedUnder(row.data)),
      }
    },
    async save(content: RingContent, over: KeptRing | undefined): Promise<boolean> {
      const version = (over?.version ?? 0) + 1
      const data = master.seal(Buffer.from(JSON.stringify(content)), BUCKET, bindingOf(version))
      const stored = over === undefined ? undefined : await store.get(RING_ROW_ID)
      const createdAt = stored?.createdAt ?? clock.now()
      const row: Row = { id: RING_ROW_ID, owner: null, version, createdAt, expiresAt: NEVER, data }
      return over === undefined ? (await store.insert(row)) > 0 : await store.replace(row)
    },
  })
}
