import { mkdir } from 'node:fs/promises'
import { type Clock, type Logger, type SessionManager, systemClock } from 'sojourn'
import { announcement } from './announcement.js'
import { isLoopback } from './config/conflicts.js'
import { describeStorage, placeOfStorage } from './describe-storage.js'
import { type ServiceKey, serviceKeyOf } from './keys.js'
import { type Listening, listen } from './listen.js'
import { serviceLogger } from './logger.js'
import { openSessions } from './open-sessions.js'
import { createService } from './service.js'
import type { ServiceSettings } from './settings.js'
import { tenantKeysOf } from './tenant-keys.js'

export interface StartOptions {
  /** Is told, for a person, where the service is and, once, which keys were made. @default nobody */
  readonly announce?: (text: string) => void
  /** @default JSON lines on standard output */
  readonly logger?: Logger
  /** @default the clock of this machine */
  readonly clock?: Clock
}

export interface RunningService {
  /** Where it listens, for example `http://127.0.0.1:7700`. */
  readonly url: string
  /** Answers what is under way, writes out what is pending, and lets go of everything. A second call waits for the first. */
  close(): Promise<void>
}

/**
 * Starts the service: opens the data folder (made with mode 0700), the store, the audit log and the keys, and listens.
 * Several processes on one host may share a data folder with SQLite. Signals are the caller's to wire.
 *
 * Throws `CONFIG_INVALID` for settings that cannot be had, a port that is taken among them, and `STORE_UNAVAILABLE` if the
 * store cannot be opened; then nothing is left open.
 */
export async function startService(settings: ServiceSettings, options: StartOptions = {}): Promise<RunningService> {
  const { announce, clock = systemClock, logger = serviceLogger(settings.logLevel, settings.logPretty) } = options
  const { dataDir } = settings
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const serviceKey = await serviceKeyOf(settings.serviceKey, dataDir, 'service-key')
  const adminKey = await serviceKeyOf(settings.adminKey, dataDir, 'admin-key')
  const tenantKeys = await tenantKeysOf(settings.tenantKeySources ?? [], [serviceKey.key, adminKey.key])
  warn(settings, [serviceKey, adminKey], logger)
  const sessions = await openSessions(settings, { clock, logger })
  const state = { draining: false }
  try {
    const calls = { ...settings, serviceKey: serviceKey.key, adminKey: adminKey.key, tenantKeys }
    const store = describeStorage(settings.storage)
    const app = createService({ sessions, settings: calls, store, clock, logger, draining: () => state.draining })
    const listening = await listen(app.fetch, { host: settings.host, port: settings.port, clock })
    const url = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${listening.port}`
    logger.info({ url, dataDir, store }, 'the service listens')
    announce?.(announcement({ url, dataDir, store: placeOfStorage(settings.storage, dataDir), serviceKey, adminKey }))
    let closing: Promise<void> | undefined
    return {
      url,
      close: () => {
        state.draining = true
        closing ??= closeAll(listening, sessions, logger)
        return closing
      },
    }
  } catch (error) {
    await sessions.close()
    throw error
  }
}

async function closeAll(listening: Listening, sessions: SessionManager, logger: Logger): Promise<void> {
  await listening.close()
  await sessions.flush()
  await sessions.close()
  logger.info({}, 'the service has closed')
}

/** A key that somebody chose may be short; the ones made here are not. */
const GOOD_KEY_CHARACTERS = 32

function warn({ cookie, host, publicUrl, storage, keys: master }: ServiceSettings, keys: readonly ServiceKey[], logger: Logger): void {
  if (!cookie.secure) {
    logger.warn(
      { setting: 'service.cookie.secure' },
      'THE SESSION COOKIE IS NOT SECURE: every program and page on this host can read and plant it. Never do this for anything but development.',
    )
  }
  if (!isLoopback(host) && publicUrl?.startsWith('https:') !== true) {
    logger.warn(
      { setting: 'service.public_url' },
      'the service can be reached from other hosts without encryption; put a TLS proxy before it and set service.public_url to its https address',
    )
  }
  if (storage.type !== 'memory' && storage.type !== 'sqlite' && master === undefined) {
    logger.info(
      { setting: 'SOJOURN_KEY' },
      'other hosts can use this store only with the same key; give it to each as SOJOURN_KEY, or copy keys.json of the data folder',
    )
  }
  if (keys.some(({ key }) => key.length < GOOD_KEY_CHARACTERS)) {
    logger.warn(
      { setting: 'SOJOURN_SERVICE_KEY, SOJOURN_ADMIN_KEY' },
      `a key has fewer than ${GOOD_KEY_CHARACTERS} characters and may be guessed; leave it out to have one made`,
    )
  }
}
