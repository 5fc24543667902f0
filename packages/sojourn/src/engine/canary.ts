import type { CancelTimer } from '../clock.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { bucketOf, openRow, sealRow } from './row.js'

/** Measures now and then how long an end takes until no node accepts it any more. */
export interface Canary {
  /** Resolves when the measurement that is under way has ended. */
  stop(): Promise<void>
}

const ID_BYTES = 16
/** What a crash leaves behind is swept then. */
const LIVES = 600_000

type Outcome = 'everywhere' | 'late' | 'seen'

/**
 * Puts a row of nobody's into the store and ends it as a session is ended. `everywhere`: every other node has said that it
 * has heard, or has lost its lease. `late`: that could not be told in time. `seen`: this node itself would still accept it.
 */
async function measure(engine: Engine): Promise<Outcome> {
  const { clock, coherence, store } = engine
  const bytes = Buffer.from(engine.random.bytes(ID_BYTES))
  const now = clock.now()
  const head = { id: bucketOf(bytes) + bytes.toString('base64url'), owner: null, createdAt: now, expiresAt: now + LIVES }
  await ask(engine, () => store.insert(sealRow(engine, { ...head, version: 1 }, { kind: 'canary', isEnded: false })))
  try {
    await ask(engine, () => store.replace(sealRow(engine, { ...head, version: 2 }, { kind: 'canary', isEnded: true })))
    const begun = clock.monotonic()
    const level = await coherence.reached(head.id, 0)
    const took = clock.monotonic() - begun
    const row = store.peek(head.id) ?? (await ask(engine, () => store.get(head.id)))
    const record = row === undefined ? undefined : await openRow(engine, row)
    if (record === undefined || typeof record === 'string' || record.kind !== 'canary' || !record.isEnded) return 'seen'
    if (level !== 'everywhere') return 'late'
    engine.visible.note(took)
    return 'everywhere'
  } finally {
    await ask(engine, () => store.remove(head.id))
  }
}

/** Runs where there are others to hear of it. It is in no list, counts for no limit, and no event tells of it. */
export function startCanary(engine: Engine): Canary {
  const { canaryEvery } = engine.settings
  let timer: CancelTimer | undefined
  let stopped = false
  let underWay: Promise<void> = Promise.resolve()

  const hasOthers = (): boolean => engine.coherence.nodes().some(({ isSelf, state }) => !isSelf && state !== 'gone')
  async function run(): Promise<void> {
    try {
      // While the store is away there is nothing to measure, and that is told already.
      if (engine.outage.state().kind === 'answering' && hasOthers()) {
        const outcome = await measure(engine)
        engine.metrics.count('sojourn_canary_total', `result="${outcome}"`)
        if (outcome === 'seen')
          engine.logger.error({}, 'an end that this node has made itself is not known to it: sessions may outlive their end')
        if (outcome === 'late')
          engine.logger.warn(
            { lease: engine.settings.lease },
            'not every node has said in time that it has heard of an end; it refuses a lease later',
          )
      }
    } catch (error) {
      engine.metrics.count('sojourn_canary_total', 'result="failed"')
      engine.logger.info({ error: String(error) }, 'how long an end takes could not be measured')
    }
    schedule()
  }
  function schedule(): void {
    // By the clock of what it measures: sessions may have another one.
    const { hearingClock } = engine.coherence
    if (stopped || canaryEvery === undefined || hearingClock === undefined) return
    timer = hearingClock.after(canaryEvery, () => {
      underWay = run()
    })
  }

  schedule()
  return Object.freeze({
    async stop(): Promise<void> {
      stopped = true
      timer?.()
      await underWay
    },
  })
}
