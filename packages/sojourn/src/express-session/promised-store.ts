import { systemClock } from '../clock.js'
import { silentLogger } from '../events/log.js'
import type { SessionContext } from '../session.js'
import type { StoredSession } from './callback-store.js'
import type { Parts } from './merge.js'
import type { Opener } from './opener.js'
import { contextOf } from './request-facts.js'
import type { SojournStoreOptions } from './store-options.js'
import { takeOver } from './take-over.js'
import type { Vault } from './vault.js'
import { requestOf } from './versioned.js'

/**
 * What a store is asked that may have to be opened first, as promises. A session that only the older store has is moved over
 * before it is handed out, and is ended in both.
 */
export interface PromisedStore {
  load(id: string, context: SessionContext): Promise<StoredSession | undefined>
  /** `mine` is what `session` was when the caller asked. */
  save(id: string, session: object, mine: Parts): Promise<void>
  touch(id: string, session: object, mine: Parts): Promise<void>
  end(id: string): Promise<void>
  count(): Promise<number>
  endAll(): Promise<void>
  sweep(): Promise<void>
}

export function promisedStore(open: Opener['open'], options: Pick<SojournStoreOptions, 'takeOver' | 'clock' | 'logger'>): PromisedStore {
  const { clock = systemClock, logger = silentLogger } = options
  const old = options.takeOver === undefined ? undefined : takeOver(options.takeOver, clock, logger)
  const use = <Value>(work: (vault: Vault) => Promise<Value>): Promise<Value> => open().then(({ vault }) => work(vault))
  return Object.freeze<PromisedStore>({
    load: (id, context) =>
      use(async (vault) => {
        const session = await vault.load(id, context)
        if (session !== undefined || old === undefined) return session
        await old.into(vault, id)
        // Another request may have been faster.
        return await vault.load(id, context)
      }),
    save: (id, session, mine) => use((vault) => vault.save(id, session, mine, contextOf(requestOf(session)))),
    touch: (id, session, mine) => use((vault) => vault.touch(id, session, mine)),
    end: (id) => use((vault) => (old === undefined ? vault.end(id) : old.end(vault, id))),
    count: () => open().then(({ records }) => records.count()),
    endAll: () => open().then(({ records }) => records.endAll()),
    sweep: () => open().then(({ sweep }) => sweep()),
  })
}
