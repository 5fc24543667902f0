import { type Clock, type Millis, sleep } from '../clock.js'
import { circleOf } from '../coherence/circle.js'
import { type Coherence, openCoherence } from '../coherence/coherence.js'
import { settled } from '../coherence/settled.js'
import type { CacheOptions } from '../config.js'
import { keyFrom } from '../crypto/hash.js'
import { systemRandom } from '../crypto/random.js'
import type { Logger } from '../events/log.js'
import type { Row, Store } from '../store/store.js'
import { type Records, recordsIn } from './records.js'

/** The sessions in a store, with rows in memory before it. */
export interface OpenRecords {
  readonly near: Coherence['near']
  readonly records: Records
  /** Lets go of what is listened to; the store stays open. */
  close(): Promise<void>
}

export interface OpenRecordsOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly cache: CacheOptions | undefined
}

/** As in the engine: how long a process may go on answering from memory when it hears nothing of the others. */
const LEASE: Millis = 2_000
/** What a node waits out beyond the lease of another one, whose clock may run slower. */
const MARGIN: Millis = 100
const MOST_SESSIONS = 100_000
const MOST_BYTES = 256 * 1024 * 1024
/** Session managers may use the same store, and must neither take our messages for those of a stranger nor wait for us. */
const CIRCLE = circleOf('es')
/**
 * No secret: a store of express-session is given none that all processes share while they are being replaced. Whoever can
 * speak here can write to the store, and could put an old row of a session into its place as well.
 */
const KEY = keyFrom(Buffer.from('sojourn/express-session/nodes'))

export function openRecords(store: Store, { clock, logger, cache }: OpenRecordsOptions): OpenRecords {
  const random = systemRandom()
  const coherence = openCoherence({
    store,
    clock,
    random,
    logger,
    key: KEY,
    name: 'express-session',
    circle: CIRCLE,
    lease: LEASE,
    maxRows: cache?.maxSessions ?? MOST_SESSIONS,
    maxBytes: cache?.maxBytes ?? MOST_BYTES,
    onLost: () => undefined,
    onChanged: () => undefined,
    onLook: () => undefined,
    onStranger: (channel) => logger.warn({ channel }, 'somebody who is no node of express-session speaks as one; it is not listened to'),
    isSilent: () => false,
  })
  async function told({ id, version }: Pick<Row, 'id' | 'version'>): Promise<void> {
    const hearing = coherence.hearingClock ?? clock
    const until = hearing.monotonic() + LEASE + MARGIN
    // Whoever has not heard of it by then has no lease any more.
    if (!(await coherence.heard(id, version))) await sleep(hearing, Math.max(0, until - hearing.monotonic()))
  }
  async function copied(rowId: string): Promise<void> {
    // A server that takes over without an end would bring the session back. Copies that are away are waited for as long as the store
    // says and no longer: the verbs of express-session have no word for an end that is stored and not on all of them.
    if (await settled(store, rowId, 0, logger)) return
    logger.warn({}, 'the end of a session is not on all copies that were asked for: a server that takes over may not have it')
  }
  const { near } = coherence
  return Object.freeze({ near, records: recordsIn({ near, told, copied, clock, random }), close: () => coherence.close() })
}
