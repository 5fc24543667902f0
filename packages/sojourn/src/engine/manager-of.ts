import type { KeyInfo } from '../crypto/ring.js'
import { SessionError } from '../errors.js'
import type { SessionManager } from '../manager.js'
import type { Mode } from '../outage/mode.js'
import { describePolicy } from '../policy/describe-policy.js'
import type { Session } from '../session.js'
import { ask } from './ask.js'
import { startCanary } from './canary.js'
import { describeTokens } from './describe-tokens.js'
import { effectiveLimits } from './effective-limits.js'
import { endSessions } from './end-sessions.js'
import { endWatch } from './end-watch.js'
import type { Engine } from './engine.js'
import { readRow } from './examine.js'
import { forTenant } from './for-tenant.js'
import { guessesLeft, noteGuess } from './guessing.js'
import { startHousekeeping } from './housekeeping.js'
import { introspect } from './introspect.js'
import { killKey } from './kill-key.js'
import { listKeys } from './list-keys.js'
import { ping } from './locate.js'
import { publicKeys } from './public-keys.js'
import { pseudonym, publish } from './publish.js'
import type { Recovery } from './recovery.js'
import { reseal } from './reseal.js'
import { revocations } from './revocations.js'
import { rowIdOf } from './row.js'
import { search } from './search.js'
import { sessionsOf } from './sessions-of.js'
import { subjectOf } from './subject-of.js'
import { sweep } from './sweep.js'
import { timed } from './timed.js'
import { validate } from './validate.js'
import { endedView, viewOf } from './view.js'
import { validateWarm } from './warm.js'

async function getSession(engine: Engine, id: string): Promise<Session | undefined> {
  const rowId = rowIdOf(String(id))
  const found = rowId === undefined ? undefined : await readRow(engine, rowId)
  if (rowId === undefined || found === undefined) return undefined
  if (found.record.kind === 'ended') return endedView(rowId, found.record)
  return viewOf(engine.settings, rowId, engine.activity.merge(rowId, found.record), engine.clock.now())
}

async function rotateKeys(engine: Engine): Promise<readonly KeyInfo[]> {
  const keys = await ask(engine, () => engine.keys.rotate())
  await publish(engine, { type: 'keys.rotated', count: keys.length })
  return keys
}

function coherenceGauges({ coherence }: Engine): readonly (readonly [string, string, number])[] {
  const { hits, misses, rows, bytes, strange } = coherence.counts()
  return [
    ['sojourn_cache_hits', 'Reads answered from memory since the start.', hits],
    ['sojourn_cache_misses', 'Reads that asked the store since the start.', misses],
    ['sojourn_cache_rows', 'Rows kept in memory.', rows],
    ['sojourn_cache_bytes', 'About how many bytes they take.', bytes],
    ['sojourn_strange_messages', 'Messages between nodes that none of them sent, since the start.', strange],
    [
      'sojourn_degraded',
      'Whether this node cannot tell at present if it has heard of every change.',
      coherence.mode() === 'degraded' ? 1 : 0,
    ],
    ['sojourn_nodes', 'Nodes that have been heard of lately.', coherence.nodes().filter(({ state }) => state !== 'gone').length],
  ]
}

/** As numbers, since a gauge has no words. */
const MODES: readonly Mode[] = ['healthy', 'suspect', 'degraded', 'recovering']

function outageGauges({ provisional, visible }: Engine, mode: Mode): readonly (readonly [string, string, number])[] {
  return [
    ['sojourn_mode', 'How this node stands: 0 healthy, 1 suspect, 2 degraded, 3 recovering.', MODES.indexOf(mode)],
    ['sojourn_local_sessions', 'Sessions that only this node knows until the store is back.', provisional?.ids().length ?? 0],
    [
      'sojourn_revocation_visible_seconds',
      'How long the last end took from the store until no node accepted the session any more.',
      (visible.delay().last ?? 0) / 1_000,
    ],
    [
      'sojourn_revocation_visible_longest_seconds',
      'The longest that this has taken since the start.',
      (visible.delay().longest ?? 0) / 1_000,
    ],
  ]
}

/** The verbs under their public names, with what they share: timing, and that nothing runs any more after `close`. */
export function managerOf(
  engine: Engine,
  recovery: Recovery,
  extras: Pick<SessionManager, 'deviceBound' | 'dpopNonce'> = {},
): SessionManager {
  const housekeeping = startHousekeeping(engine)
  const watcher = endWatch(engine)
  const revoked = revocations(engine)
  const canary = startCanary(engine)
  let closing: Promise<void> | undefined

  function run<Answer>(operation: string, verb: () => Promise<Answer>): Promise<Answer> {
    if (closing !== undefined) return Promise.reject(new SessionError('STORE_UNAVAILABLE', 'This session manager has been closed.'))
    return timed(engine, operation, verb)
  }
  const validateNow: NonNullable<SessionManager['validateNow']> = (token, context, options) =>
    closing === undefined ? validateWarm(engine, token, context, options) : undefined
  // Apart: what a closure shares takes an object at each call of the function that it is in, also where no closure is made.
  const validateCold: SessionManager['validateSession'] = (token, context, options) =>
    run('validate', () => validate(engine, token, context, options))
  async function shutDown(): Promise<void> {
    watcher.stop()
    await Promise.all([housekeeping.stop(), canary.stop()])
    await recovery.stop()
    engine.keys.stop()
    await engine.unfinished.close()
    await engine.activity.close()
    await engine.devices.close()
    await engine.audit.close()
    await engine.coherence.close()
    await engine.store.close()
  }
  const close = (): Promise<void> => {
    closing ??= shutDown()
    return closing
  }

  return Object.freeze<SessionManager>({
    ...sessionsOf(engine, run),
    validateNow,
    validateSession(token, context, options) {
      const warm = validateNow(token, context, options)
      return warm === undefined ? validateCold(token, context, options) : Promise.resolve(warm)
    },
    getSession: (id) => run('get', () => getSession(engine, id)),
    effectiveLimits: (id) => run('limits', () => effectiveLimits(engine, id)),
    searchSessions: (query) => run('search', () => search(engine, query)),
    endSessions: (what, options, onProgress) => run('end_sessions', () => endSessions(engine, what, options, onProgress)),
    forTenant: (tenant) => forTenant(engine, run, tenant),
    onEnded: (sessionId, listener) => watcher.watch(sessionId, listener),
    sweep: () => run('sweep', () => sweep(engine)),
    listKeys: () => listKeys(engine),
    rotateKeys: () => run('rotate_keys', () => rotateKeys(engine)),
    killKey: (kid) => run('kill_key', () => killKey(engine, kid)),
    publicKeys: () => ({ keys: publicKeys(engine) }),
    revocations: (since) => run('revocations', () => revoked.read(since)),
    describeTokens: () => describeTokens(engine.settings),
    introspectToken: (token) => run('introspect', () => introspect(engine, token)),
    tokenSubject: (userId) => subjectOf(engine, userId),
    resealRecords: (onProgress) => run('reseal', () => reseal(engine, onProgress)),
    policyDocument: () => describePolicy(engine.settings),
    clockSkew: () => run('clock_skew', () => engine.clockWatch.measure()),
    noteGuess: (ipAddress) => noteGuess(engine, ipAddress),
    guessesLeft: (ipAddress) => guessesLeft(engine, ipAddress),
    flush: () =>
      run('flush', async () => {
        await engine.activity.flush()
        await engine.devices.flush()
      }),
    ping: () => run('ping', () => ping(engine)),
    on: (listener) => engine.events.subscribe(listener),
    nodes: () => engine.coherence.nodes(),
    mode: recovery.mode,
    revocationDelay: () => engine.visible.delay(),
    metricsText: () =>
      engine.metrics.text([
        ...coherenceGauges(engine),
        ...outageGauges(engine, recovery.mode()),
        ['sojourn_ends_pending', 'Ends of sessions that wait for the store.', engine.unfinished.count()],
        ['sojourn_guess_sources', 'Sources of invalid tokens that are being watched.', engine.throttle.sources()],
        [
          'sojourn_clock_skew_seconds',
          'Largest distance between the clocks of sessions, machine and store, when it was last measured.',
          engine.clockWatch.last() / 1_000,
        ],
        ['sojourn_audit_pending', 'Audit records that wait for the log to work again.', engine.audit.pending()],
        ['sojourn_audit_lost', 'Audit records that were given up since the start.', engine.audit.lost()],
      ]),
    pseudonym: (userId) => pseudonym(engine, 'user', userId),
    ...extras,
    close,
    [Symbol.asyncDispose]: close,
  })
}
