import type { CancelTimer, Clock, Millis } from '../../clock.js'
import type { Called, Channel, Channels, Ears, Kept, Listening, Registered } from '../../signal/signal.js'
import type { KeptConnection } from './connections.js'
import type { PostgresQuery, PostgresResult } from './driver.js'
import { openEar, type PostgresEar } from './ear.js'
import type { OnConnection } from './exclusive.js'
import type { Gate } from './gate.js'
import type { SignalStatements } from './signal-statements.js'

export interface PostgresChannelsOptions {
  readonly signals: SignalStatements
  readonly gate: Gate
  /** For what commits durably, and for the rest. */
  readonly committing: OnConnection
  readonly alone: OnConnection
  /** Whether there is a connection to listen on. */
  readonly canListen: boolean
  readonly connect: () => Promise<KeptConnection>
  readonly clock: Clock
  readonly timeout: Millis
}

export interface PostgresChannels extends Channels {
  /** A change has been committed with a message: whoever listens is woken soon. */
  said(): void
  /** Whether what this server says, known by when it was started, fits what is heard; also while nothing is listened to. */
  fits(started: unknown): boolean
}

/** Changes within this time wake the others once: each NOTIFY makes the commits of others wait for a moment. */
const WAKE_AFTER: Millis = 10
/** What nobody needs any more goes in bites of this size, so that no statement takes long. */
const BITE = 2_000
/** At once; what is left is for the next time. Together 4,000 messages a second, from each node. */
const BITES = 20
const TRIM_EVERY: Millis = 10_000

/** Listens with one more of the ears that are open, and sees to it meanwhile that old messages go. */
async function listenOn(options: PostgresChannelsOptions, ears: Ears, trim: () => Promise<void>, open: Set<PostgresEar>) {
  const { clock } = options
  let cancel: CancelTimer = () => undefined
  const stop = (): void => {
    cancel()
    open.delete(ear)
  }
  const ear: PostgresEar = await openEar(options, {
    heard: ears.heard,
    lost(cause) {
      stop()
      ears.lost(cause)
    },
  })
  const trimOn = (): void => {
    // What was not deleted now is deleted next time, by this node or by another one.
    void trim().catch(() => undefined)
    cancel = clock.after(TRIM_EVERY, trimOn)
  }
  cancel = clock.after(TRIM_EVERY, trimOn)
  open.add(ear)
  return {
    async close(): Promise<void> {
      stop()
      await ear.close()
    },
  }
}

/** One channel: the primary. Messages are rows, committed with the change that they tell of. */
export function postgresChannels(options: PostgresChannelsOptions): PostgresChannels {
  const { signals, gate, committing, alone, clock, timeout } = options
  /** One for each manager of this process. */
  const open = new Set<PostgresEar>()
  let waking: CancelTimer | undefined

  const ask = (query: PostgresQuery): Promise<PostgresResult> => gate.pass(() => alone((client) => client.query(query), timeout))
  const stopWaking = (): void => {
    waking?.()
    waking = undefined
  }
  const wakeOwn = (): void => {
    for (const ear of open) ear.wake()
  }
  async function trim(): Promise<void> {
    for (let bite = 0; bite < BITES; bite++) {
      if ((await ask(signals.trim(BITE))).rows[0]?.[0] !== true) return
    }
  }
  /**
   * Answered once the standbys have it for which the server waits: a primary that was cut off from them gives no answer. One
   * that an administrator has told to wait for nobody goes on, and no change on it is called durable.
   */
  const register = (node: string, life: Millis, message: string): Promise<Kept> =>
    gate.pass(async () => {
      const { rows } = await committing((client) => client.query(signals.register(node, life, message)), timeout)
      return { incarnation: String(rows[0]?.[0]), isDurable: true }
    })
  const channel: Channel = Object.freeze({
    name: 'postgres',
    listen: (ears): Promise<Listening> => listenOn(options, ears, trim, open),
    async register(node, life, message): Promise<Kept> {
      const kept = await register(node, life, message)
      wakeOwn()
      return kept
    },
    async call(message): Promise<Called> {
      stopWaking()
      const { rows } = await ask(signals.call(message))
      wakeOwn()
      const [servesFor, registerAge] = rows[0] ?? []
      const members: Registered[] = rows.flatMap(([, , node, remaining]) =>
        typeof node === 'string' ? [{ node, remaining: Number(remaining) }] : [],
      )
      return { members, servesFor: Number(servesFor), registerAge: Number(registerAge) }
    },
    async send(message): Promise<void> {
      await ask(signals.send(message))
    },
    async leave(node): Promise<void> {
      await ask(signals.leave(node))
    },
  } satisfies Channel)

  return Object.freeze<PostgresChannels>({
    clock,
    canListen: options.canListen,
    of: () => channel,
    all: () => [channel],
    fits: (started) => [...open].every((ear) => ear.isAt(started)),
    said(): void {
      waking ??= clock.after(WAKE_AFTER, () => {
        waking = undefined
        // Whoever is not woken looks by itself a moment later.
        void ask(signals.wake()).catch(() => undefined)
      })
    },
  })
}
