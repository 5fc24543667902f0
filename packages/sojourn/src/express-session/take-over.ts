import type { Clock, Millis } from '../clock.js'
import type { Logger } from '../events/log.js'
import type { CallbackStore } from './callback-store.js'
import type { Vault } from './vault.js'

/** Sessions of the store that was used before. */
export interface TakeOver {
  /** Moves a session over, if the old store has it and the new one has not heard of it; then it is to be looked for there again. */
  into(vault: Vault, id: string): Promise<void>
  /** Ends it in both. */
  end(vault: Vault, id: string): Promise<void>
}

const isAbsence = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'
const isError = (error: unknown): boolean => error !== undefined && error !== null && !isAbsence(error)

/** A record that says when it ends, in a store that writes it at every use and hands out what has ended. */
function isOver(store: CallbackStore, session: object, now: Millis): boolean {
  if (typeof store.touch === 'function') return false
  const cookie = 'cookie' in session ? session.cookie : undefined
  const expires = typeof cookie === 'object' && cookie !== null && 'expires' in cookie ? cookie.expires : undefined
  return (typeof expires === 'string' || expires instanceof Date) && new Date(expires).getTime() <= now
}

export function takeOver(store: CallbackStore, clock: Clock, logger: Logger): TakeOver {
  const get = (id: string): Promise<object | undefined> =>
    new Promise((resolve, reject) => {
      store.get(id, (error, session) => (isError(error) ? reject(error) : resolve(isAbsence(error) ? undefined : (session ?? undefined))))
    })
  const destroy = (id: string): Promise<void> =>
    new Promise((resolve, reject) => {
      store.destroy(id, (error) => (isError(error) ? reject(error) : resolve()))
    })
  return Object.freeze<TakeOver>({
    async into(vault, id) {
      if (await vault.isKnown(id)) return
      const session = await get(id)
      if (session === undefined || isOver(store, session, clock.now()) || !(await vault.adopt(id, session))) return
      // It is in the new store, which is asked first: what stays in the old one is not looked at while this one remembers it.
      await destroy(id).catch((error: unknown) =>
        logger.warn({ error: String(error) }, 'a session was taken over, and the old store could not take its record out'),
      )
    },
    async end(vault, id) {
      await vault.end(id, true)
      await destroy(id)
    },
  })
}
