import type { ClientHints, SessionContext } from '../session.js'
import type { LiveRecord, StoredSighting } from './record.js'

/** A request that was found to be in order, and what was found out about it. */
export interface Sighted {
  readonly caller: SessionContext
  readonly boundAgent: string | undefined
  readonly boundDevice: string | undefined
  readonly seen: StoredSighting
}

/** What each session was last seen with in this process: who looks the same again is not judged again. */
export interface Sightings {
  /** What is known of a caller who looks exactly as the last one did. */
  same(rowId: string, record: LiveRecord, caller: SessionContext): Sighted | undefined
  put(rowId: string, record: LiveRecord, sighted: Pick<Sighted, 'caller' | 'seen'>): void
  forget(rowId: string): void
}

/** Sessions remembered; the one that was judged longest ago makes room. About 30 MiB. */
const MAX_SIGHTED = 50_000

const sameHints = (a: ClientHints | undefined, b: ClientHints | undefined): boolean =>
  a?.brands === b?.brands && a?.mobile === b?.mobile && a?.platform === b?.platform

/** A location in parts is judged each time: it is rare, and comparing it costs as much. */
const sameCaller = (a: SessionContext, b: SessionContext): boolean =>
  a.ipAddress === b.ipAddress &&
  a.userAgent === b.userAgent &&
  a.deviceId === b.deviceId &&
  a.acceptLanguage === b.acceptLanguage &&
  typeof b.location !== 'object' &&
  sameHints(a.clientHints, b.clientHints)

export function sightings(): Sightings {
  const known = new Map<string, Sighted>()
  return Object.freeze({
    same(rowId: string, { context }: LiveRecord, caller: SessionContext): Sighted | undefined {
      const last = known.get(rowId)
      if (last === undefined || last.boundAgent !== context.userAgent || last.boundDevice !== context.deviceId) return undefined
      return sameCaller(last.caller, caller) ? last : undefined
    },
    put(rowId: string, { context }: LiveRecord, { caller, seen }: Pick<Sighted, 'caller' | 'seen'>): void {
      known.delete(rowId)
      if (known.size >= MAX_SIGHTED) {
        const [oldest] = known.keys()
        if (oldest !== undefined) known.delete(oldest)
      }
      known.set(rowId, { caller, seen, boundAgent: context.userAgent, boundDevice: context.deviceId })
    },
    forget(rowId: string): void {
      known.delete(rowId)
    },
  })
}
