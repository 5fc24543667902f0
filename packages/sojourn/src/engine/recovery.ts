import type { CancelTimer, Millis } from '../clock.js'
import type { Mode, StoreState } from '../outage/mode.js'
import { modeOf } from '../outage/mode.js'
import type { PendingEnd } from '../outage/pending-end.js'
import { endOnce, repeatedEnd } from './end-row.js'
import { repeatCircleEnd } from './end-sessions.js'
import type { Engine } from './engine.js'
import { publish } from './publish.js'
import { reconcile } from './reconcile.js'
import { scopedTo } from './scope.js'
import { isUnavailable } from './sessions-here.js'
import { repeatUserEnd, rewriteUserEnd } from './terminate-all.js'

/** Brings over what waited for the store, whenever it is back. */
export interface Recovery {
  /** Resolves when what an earlier process left has been tried. */
  readonly started: Promise<void>
  /** How the node stands. */
  mode(): Mode
  /** Looks whether that has changed, and tells. */
  look(): void
  /** Resolves when what is under way has ended. */
  stop(): Promise<void>
}

const RETRY_AFTER: Millis = 1_000
/** Ends written at once. */
const REWRITE_WIDTH = 32
/** Rows of one bucket pass through one place of the store. */
const BUCKET_LENGTH = 2

function runOf(engine: Engine, end: PendingEnd): () => Promise<void> {
  if (end.kind === 'user') return () => repeatUserEnd(engine, end)
  if (end.kind === 'circle') return () => repeatCircleEnd(engine, end)
  // Whoever asked for it could speak for their own tenant only.
  return repeatedEnd(end.tenant === undefined ? engine : scopedTo(engine, end.tenant), end.key, end.reason, end.mark)
}

/** Revocations first, then nobody answers from before them, then sessions, then activity: in this order nothing ended comes back. */
async function recover(engine: Engine): Promise<void> {
  const begun = engine.clock.monotonic()
  const ended = await engine.unfinished.run()
  const places = new Map(ended.map((key) => [key.slice(0, BUCKET_LENGTH), key]))
  await Promise.all([...places.values()].map((key) => engine.coherence.reached(key, engine.clock.monotonic() - begun)))
  if (engine.unfinished.count() > 0) return
  await reconcile(engine)
  await engine.activity.flush()
}

/** Writes ends that the store has forgotten, all of them before anything is waited for. What fails is tried again with the rest. */
async function rewrite(engine: Engine, ends: readonly PendingEnd[]): Promise<void> {
  const write = async (end: PendingEnd): Promise<unknown> => {
    if (end.kind === 'circle') return undefined
    return end.kind === 'user' ? rewriteUserEnd(engine, end) : endOnce(engine, end.key, end.reason, end.mark)
  }
  for (let from = 0; from < ends.length; from += REWRITE_WIDTH)
    await Promise.allSettled(ends.slice(from, from + REWRITE_WIDTH).map((end) => write(end)))
}

export function startRecovery(engine: Engine, found: readonly PendingEnd[]): Recovery {
  let told: Mode = 'healthy'
  let timer: CancelTimer | undefined
  let underWay: Promise<void> | undefined
  let stopped = false

  const isDone = (): boolean =>
    engine.highWater?.holds() !== true && engine.unfinished.count() === 0 && (engine.provisional?.ids().length ?? 0) === 0
  async function run(): Promise<void> {
    try {
      await recover(engine)
    } catch (error) {
      engine.logger.warn({ error: String(error) }, 'what waited for the session store could not all be brought over; trying again')
      if (!isUnavailable(error)) engine.metrics.count('sojourn_store_errors_total')
    }
    underWay = undefined
    if (isDone()) engine.outage.recovered()
    else if (!stopped) timer = engine.clock.after(RETRY_AFTER, begin)
  }
  function begin(): void {
    timer?.()
    const { kind } = engine.outage.state()
    // While the store is silent there is nothing to try; that it is back is told.
    if (stopped || kind === 'silent') return
    underWay ??= run()
  }
  const mode = (): Mode => modeOf(engine.outage.state(), engine.coherence.mode() === 'healthy', engine.highWater?.isSettled() !== false)
  function look(): void {
    const now = mode()
    if (stopped || now === told) return
    told = now
    void publish(engine, { type: 'node.mode', reason: now })
  }
  engine.outage.onChange(({ kind }: StoreState) => {
    look()
    if (kind === 'recovering') begin()
  })
  engine.highWater?.onRewound((ends) => {
    engine.coherence.flush()
    engine.metrics.count('sojourn_store_rewound_total')
    void publish(engine, { type: 'store.rewound', count: ends.length })
    // They hold here from now on; all nodes refuse everything for half a lease, which is what it takes to write them.
    for (const end of ends) engine.unfinished.resume(end, runOf(engine, end))
    engine.outage.rewound()
    void rewrite(engine, ends).then(begin)
  })
  for (const end of found) engine.unfinished.resume(end, runOf(engine, end))
  if (!isDone()) begin()
  // What cannot be told now is told before anything is said of a session.
  const looked = engine.highWater?.settled()?.catch(() => undefined)
  return Object.freeze({
    started: Promise.all([underWay, looked]).then(() => undefined),
    mode,
    look,
    async stop(): Promise<void> {
      stopped = true
      timer?.()
      engine.outage.close()
      engine.highWater?.close()
      await underWay
    },
  })
}
