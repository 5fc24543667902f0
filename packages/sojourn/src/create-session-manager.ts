import { join } from 'node:path'
import { type Clock, systemClock } from './clock.js'
import { openCoherence } from './coherence/coherence.js'
import type { KeyMaterial, SessionManagerOptions } from './config.js'
import { deriveKey, keyFrom, sha256 } from './crypto/hash.js'
import { KeyFileError, openKeyFile } from './crypto/key-file.js'
import { MASTER_KEY_BYTES, type Master, masterOf } from './crypto/master.js'
import { type Random, systemRandom } from './crypto/random.js'
import { firstRing } from './crypto/ring-change.js'
import { hmacSigner } from './crypto/signer.js'
import { deviceBound } from './dbsc/device-bound.js'
import { deviceGuard } from './dbsc/device-guard.js'
import { dpopGuard } from './dpop/dpop-guard.js'
import { currentNonce } from './dpop/nonce.js'
import { activity } from './engine/activity.js'
import { attached } from './engine/attached.js'
import { clockWatch } from './engine/clock-watch.js'
import { deviceRegistry } from './engine/device-registry.js'
import type { Engine } from './engine/engine.js'
import { grace } from './engine/grace.js'
import { managerOf } from './engine/manager-of.js'
import { openedRows } from './engine/opened-rows.js'
import { guardedLocate } from './engine/place-of.js'
import { startRecovery } from './engine/recovery.js'
import { sightings } from './engine/sightings.js'
import { sourceRate } from './engine/source-rate.js'
import { steadyClock } from './engine/steady-clock.js'
import { subjectOf } from './engine/subject-of.js'
import { throttle } from './engine/throttle.js'
import { turns } from './engine/turns.js'
import { unfinished } from './engine/unfinished.js'
import { visible } from './engine/visible.js'
import { SessionError } from './errors.js'
import { eventBus } from './events/bus.js'
import { type Logger, silentLogger } from './events/log.js'
import { metrics } from './events/metrics.js'
import { outbox } from './events/outbox.js'
import { type KeyHolder, type KeyHolderOptions, keyHolder } from './keyring/key-holder.js'
import { processHome, storedHome } from './keyring/ring-home.js'
import { checkSources } from './legacy/check-sources.js'
import type { SessionManager } from './manager.js'
import { type Aside, openAside } from './open-aside.js'
import { openHighWater } from './open-high-water.js'
import { openStore } from './open-store.js'
import { outage } from './outage/outage.js'
import { resolveSettings, type Settings } from './settings.js'
import { applicationStore } from './store/application-store.js'
import { isScannable, type Store } from './store/store.js'
import { jwtCodec } from './token/jwt.js'
import { jwtKeys } from './token/jwt-keys.js'
import { tokens } from './token/tokens.js'

/** The file that the key is kept in when nobody says otherwise: beside the store's data, or where the service keeps its own. */
const KEY_FILE = 'keys.json'
const DEFAULT_HOME = '.sojourn'

function invalid(path: string, message: string): SessionError {
  return new SessionError('CONFIG_INVALID', `${path}: ${message}`, { path })
}

async function keyMaterial(keys: SessionManagerOptions['keys'], store: Store, random: Random): Promise<KeyMaterial | undefined> {
  if (keys === undefined) {
    if (store.isVolatile === true) return undefined
    return { master: await openKeyFile(join(store.home ?? DEFAULT_HOME, KEY_FILE), random) }
  }
  if ('load' in keys) return await keys.load()
  if ('master' in keys) return keys
  if (typeof keys.file !== 'string' || keys.file === '')
    throw invalid('keys', 'it must be { master: 32 random bytes }, { file: path } or a source with a load function.')
  return { master: await openKeyFile(keys.file, random) }
}

const TAG_LENGTH = 6

/** An application's own part of a store that it shares, or all of it. */
function partOf(store: Store, application: string | undefined): Store {
  return application === undefined ? store : applicationStore(store, sha256(`sojourn/application/${application}`).slice(0, TAG_LENGTH))
}

/** The key of one application: none can open what another has sealed, or is given its tokens. */
function ownKey(key: Uint8Array, application: string | undefined, random: Random): Uint8Array {
  if (application === undefined) return key
  // A key that was typed is refused for what it is; what is derived from it would look random.
  masterOf(key, [], random)
  return deriveKey(keyFrom(key), `sojourn/application/${application}`).export()
}

async function openMaster(options: SessionManagerOptions, store: Store, random: Random): Promise<Master | undefined> {
  try {
    const material = await keyMaterial(options.keys, store, random)
    const own = (key: Uint8Array): Uint8Array => ownKey(key, options.application, random)
    const masterFrom = ({ master, previous = [] }: KeyMaterial): Master => masterOf(own(master), previous.map(own), random)
    return material === undefined ? undefined : masterFrom(material)
  } catch (cause) {
    if (cause instanceof KeyFileError || cause instanceof RangeError)
      throw new SessionError('CONFIG_INVALID', `keys: ${cause.message}`, { path: 'keys', cause })
    throw cause
  }
}

/** Which key pairs are needed, and how long a token that they sign can live. */
function signingOf({ tokens: { pair, accessLife, jwt }, ordinary, remembered }: Settings): Pick<KeyHolderOptions, 'signing'> {
  if (jwt === undefined || jwt.algorithm === 'HS256') return {}
  return { signing: { algorithm: jwt.algorithm, life: pair ? accessLife + jwt.leeway : Math.max(ordinary.absolute, remembered.absolute) } }
}

/**
 * Opens the key ring: in the store, where every node finds it; in this process alone, if nothing in the store outlives it;
 * or made of the given keys, for a store that may forget a row (Memcached).
 */
async function openKeys(
  options: SessionManagerOptions,
  settings: Settings,
  parts: Pick<Engine, 'clock' | 'random' | 'logger'> & { readonly store: Store },
): Promise<KeyHolder> {
  const { store, clock, random, logger } = parts
  const master = await openMaster(options, store, random)
  const isStored = master !== undefined && isScannable(store)
  if (!isStored && master !== undefined && settings.keyRotation !== undefined) {
    throw invalid(
      'keyRotation',
      'this store cannot be walked over, so records cannot be moved to a new key. Give the new key as `keys.master` and the old one in `keys.previous`.',
    )
  }
  const root = (master?.derive('sojourn/root') ?? keyFrom(random.bytes(MASTER_KEY_BYTES))).export().toString('base64url')
  // Also of a ring in the store: nodes that find it emptied must not make two different ones (decision 0022).
  const secrets = master?.ringSecrets() ?? []
  return await keyHolder({
    home: isStored ? storedHome(store, master, clock) : processHome(),
    first: () => firstRing(root, secrets, clock.now(), random),
    clock,
    random,
    logger,
    tokenLife: Math.max(settings.ordinary.absolute, settings.remembered.absolute),
    rotateEvery: settings.keyRotation,
    ...signingOf(settings),
    isFixed: !isStored && master !== undefined,
    isShared: isStored,
  })
}

/** A departure from a standard is somebody's decision, and is told wherever it holds. */
function sayDepartures({ profile, deviations, justification }: Settings, logger: Logger): void {
  if (deviations.length > 0)
    logger.warn(
      { profile, deviations, justification },
      'the limits of sessions are looser than their profile; the reason that was given stands in `justification`',
    )
}

/** Makes what spells and reads tokens. Secrets go to the signers, and nowhere else. */
function openTokens(
  { jwt: { secret, previousSecrets = [] } = {} }: SessionManagerOptions,
  settings: Settings,
  keys: KeyHolder,
  clock: Clock,
): Pick<Engine, 'tickets' | 'signing'> {
  const { type, accessLife, jwt } = settings.tokens
  const common = {
    ring: () => keys.ring(),
    now: () => clock.now(),
    accessLife,
    issuesJwt: type === 'jwt',
    subject: (userId: string) => subjectOf({ settings, keys }, userId),
  }
  if (jwt === undefined) return { tickets: tokens(common), signing: [] }
  const signing = secret === undefined ? [] : [secret, ...previousSecrets].map((one) => hmacSigner(keys.kid, one))
  const table = jwtKeys(common.ring, jwt.algorithm, signing)
  return { tickets: tokens({ ...common, jwt: jwtCodec(table, jwt, clock) }), signing }
}

/** What a manager stands on beside its options. */
export interface Ground {
  readonly store: Store
  /** Of the machine, which may jump. */
  readonly clock: Clock
  readonly random: Random
}

/** Puts a manager together on a store that is open; if that fails the store is closed. A simulation of several nodes gives each its own ground. */
export async function assemble(options: SessionManagerOptions, { store, clock: machine, random }: Ground): Promise<SessionManager> {
  const settings = resolveSettings(options)
  const legacy = checkSources(options.legacy)
  const clock = steadyClock(machine)
  const logger = options.logger ?? silentLogger
  sayDepartures(settings, logger)
  let aside: Aside | undefined
  try {
    const keys = await openKeys(options, settings, { store, clock, random, logger })
    const bus = eventBus(logger)
    const counters = metrics()
    aside = await openAside(options, settings, logger)
    const { journal, local } = aside
    const away = outage({ store, clock, logger, patience: settings.lease, hasWork: () => local?.isEmpty() === false })
    const remembered = settings.outageGrace === 0 ? undefined : grace({ clock, outage: away, settings })
    const waters = openHighWater({ store, asked: away.store, settings, keys, clock, random, logger, journal })
    let look = (): void => undefined
    const coherence = openCoherence({
      ...settings.cache,
      maxRows: settings.cache.maxSessions,
      store: away.store,
      // A lease ends when the clock of the machine jumps, which the steady one would hide.
      clock: machine,
      random,
      logger,
      key: keys.nodes,
      name: settings.nodeName,
      lease: settings.lease,
      onLost() {
        away.suspect()
        waters?.doubt()
        // A ring that others have changed, or that the store has lost, is a matter of seconds then, not of the next look.
        keys.reload().catch((error: unknown) => logger.warn({ error: String(error) }, 'the key ring could not be read again'))
      },
      onChanged(id, isOwn) {
        remembered?.forget(id)
        // What this node ends is marked as it is ended.
        if (!isOwn) waters?.heard(id)
      },
      onLook: () => look(),
      isSilent: () => away.state().kind === 'silent',
      onStranger(channel) {
        logger.warn({ channel }, 'somebody who is none of our nodes speaks in the channel between them; it is not listened to')
        counters.count('sojourn_security_events_total', 'kind="stranger"')
        bus.publish({ type: 'security.stranger', time: clock.now() })
      },
    })
    const parts: Omit<Engine, 'activity' | 'devices'> = {
      store: local === undefined ? coherence.near : local.before(coherence.near),
      coherence,
      keys,
      ...openTokens(options, settings, keys, clock),
      settings,
      readsNotBefore: store.isVolatile === true || store.home !== undefined || !isScannable(store),
      clock,
      clockWatch: clockWatch({ store, clock, logger }, machine),
      random,
      events: bus,
      audit: outbox(options.audit, clock, logger),
      metrics: counters,
      logger,
      sightings: sightings(),
      locate: guardedLocate(options.geo === undefined ? undefined : (address) => options.geo?.locate(address), {
        clock,
        logger,
        metrics: counters,
      }),
      opened: openedRows(),
      throttle: throttle(settings.throttle, clock),
      findings: attached(),
      turns: turns(),
      anonymousRate: sourceRate(clock, settings.anonymousPerMinute),
      unfinished: unfinished(clock, logger, journal),
      outage: away,
      grace: remembered,
      provisional: local,
      highWater: waters,
      visible: visible(),
      legacy,
      guards: [dpopGuard(settings.dpop), ...(settings.deviceBound === undefined ? [] : [deviceGuard(settings.deviceBound)])],
    }
    const engine: Engine = Object.freeze({ ...parts, activity: activity(parts), devices: deviceRegistry(parts) })
    const recovery = startRecovery(engine, journal?.found ?? [])
    look = recovery.look
    await recovery.started
    return managerOf(engine, recovery, {
      ...(settings.deviceBound === undefined ? {} : { deviceBound: deviceBound(engine, settings.deviceBound) }),
      ...(settings.dpop === undefined ? {} : { dpopNonce: () => currentNonce(keys.proof, clock.now()) }),
    })
  } catch (error) {
    await Promise.all([store.close(), aside?.close()])
    throw error
  }
}

/**
 * Starts managing sessions in this process. Without options they are kept in memory and are gone with the process.
 *
 * The manager closes the store and the audit log that it was given when it is closed. Throws `CONFIG_INVALID` with the path
 * of the option for what cannot be meant, and `STORE_UNAVAILABLE` if the store cannot be opened.
 *
 * @example
 * await using sessions = await createSessionManager({ idleTimeout: '30m' })
 * const { token } = await sessions.createSession('alice')
 */
export async function createSessionManager(options: SessionManagerOptions = {}): Promise<SessionManager> {
  // What cannot be meant is said before anything is opened.
  const { application } = resolveSettings(options)
  checkSources(options.legacy)
  const store = partOf(await openStore(options.storage), application)
  return await assemble(options, { store, clock: options.clock ?? systemClock, random: systemRandom() })
}
