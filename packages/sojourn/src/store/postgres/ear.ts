import type { CancelTimer, Clock, Millis } from '../../clock.js'
import type { Ears, Listening } from '../../signal/signal.js'
import type { KeptConnection } from './connections.js'
import { faultOf, lateFault, PostgresFault, replacedFault, standbyFault } from './fault.js'
import { KEEP_MESSAGES } from './message-schema.js'
import type { SignalStatements } from './signal-statements.js'
import { within } from './within.js'

export interface PostgresEar extends Listening {
  /** Whether this is the server, by when it was started, that is listened to. */
  isAt(started: unknown): boolean
  /** Looks now, and not only at the next turn. */
  wake(): void
}

export interface EarOptions {
  /** A connection that nobody else uses; it is not opened again when it is lost. */
  readonly connect: () => Promise<KeptConnection>
  readonly signals: SignalStatements
  readonly clock: Clock
}

/** How often it looks without being woken: behind a pooler that is all there is. */
const LOOK_EVERY: Millis = 200
/** A look is a millisecond's work. What takes this long stands on a connection that is dead. */
const LOOK_LIMIT: Millis = 1_000
/** Who has not looked for this long, by the server's clock, may find that messages have been deleted meanwhile. */
const FARTHEST_BEHIND: Millis = KEEP_MESSAGES / 2
/** More messages than this at one look cost more than reading again what is used. */
const MOST_AT_ONCE = 10_000

/** What the last look has shown. */
interface Seen {
  readonly place: string
  readonly snapshot: string
  readonly at: Millis
}

/** Looks once: what is new since `seen`, in the order in which it has to be heard. Throws if something may have been missed. */
async function look({ client }: KeptConnection, { signals, clock }: EarOptions, seen: Seen | undefined) {
  const late = (): void => undefined
  const { rows } = await within(clock, LOOK_LIMIT, () => client.query(signals.news(seen?.snapshot, MOST_AT_ONCE)), late)
  const [place, snapshot, at] = rows[0] ?? []
  if (typeof place !== 'string') throw standbyFault()
  const now: Seen = { place, snapshot: String(snapshot), at: Number(at) }
  if (seen !== undefined && place !== seen.place) throw replacedFault()
  if (seen !== undefined && now.at - seen.at > FARTHEST_BEHIND) throw lateFault(FARTHEST_BEHIND)
  if (rows.length > MOST_AT_ONCE) throw new PostgresFault('BEHIND', `more than ${MOST_AT_ONCE} messages came at once`)
  return { seen: now, messages: rows.map((record) => record[3]).filter((message) => typeof message === 'string') }
}

/** Hears what is committed on this server, each message once, from the moment in which this resolves. */
export async function openEar(options: EarOptions, ears: Ears): Promise<PostgresEar> {
  const { clock, signals } = options
  const connection = await options.connect()
  let cancel: CancelTimer = () => undefined
  let isLooking = false
  let isWoken = false
  let isOver = false

  const end = (cause: unknown): void => {
    if (isOver) return
    isOver = true
    cancel()
    connection.cut()
    ears.lost(faultOf(cause))
  }
  const open = async (): Promise<Seen> => {
    // Before the first look, so that nothing comes between the two.
    await within(
      clock,
      LOOK_LIMIT,
      () => connection.client.query(signals.listen()),
      () => undefined,
    )
    return (await look(connection, options, undefined)).seen
  }
  const first = await open().catch((fault: unknown) => {
    isOver = true
    connection.cut()
    throw faultOf(fault)
  })
  let seen = first

  async function lookOn(): Promise<void> {
    isLooking = true
    try {
      do {
        isWoken = false
        const found = await look(connection, options, seen)
        // What was found is heard as a whole in this turn, and a look that was overtaken by the end is not heard at all.
        if (isOver) return
        seen = found.seen
        for (const message of found.messages) ears.heard(message)
      } while (isWoken && !isOver)
    } catch (fault) {
      end(fault)
    } finally {
      isLooking = false
      if (!isOver) cancel = clock.after(LOOK_EVERY, wake)
    }
  }
  function wake(): void {
    if (isOver) return
    isWoken = true
    if (isLooking) return
    cancel()
    void lookOn()
  }
  connection.client.on('error', end)
  connection.client.on('notification', wake)
  cancel = clock.after(LOOK_EVERY, wake)
  return Object.freeze({
    isAt: (started: unknown) => first.place.endsWith(`:${started}`),
    wake,
    async close(): Promise<void> {
      isOver = true
      cancel()
      connection.close()
    },
  })
}
