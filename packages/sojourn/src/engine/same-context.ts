import type { SessionContext } from '../session.js'

type Parts = Readonly<Record<string, unknown>>

/** Of a caller that tells nothing of itself: who told something before is somebody else. */
export const NOTHING_TOLD: SessionContext = Object.freeze({})

/** How many parts a context has. */
export const countParts = (context: object): number => Object.keys(context).length

/** Whether two parts of a context are the same: texts, or flat records of them. */
function samePart(known: unknown, given: unknown): boolean {
  if (known === given) return true
  if (typeof known !== 'object' || typeof given !== 'object' || known === null || given === null) return false
  return sameParts(known as Parts, countParts(known), given as Parts)
}

function sameParts(known: Parts, count: number, given: Parts): boolean {
  let parts = 0
  for (const name in given) {
    if (!samePart(known[name], given[name])) return false
    parts++
  }
  return parts === count
}

/** Whether an address and a user agent are all that is known. */
const isUsual = ({ ipAddress, userAgent }: SessionContext, count: number): boolean =>
  count === 2 && ipAddress !== undefined && userAgent !== undefined

/** The same for what nearly all callers tell. By name, since a part whose name is only found out costs three times as much. */
function sameUsual(known: SessionContext, given: SessionContext): boolean {
  if (known.ipAddress !== given.ipAddress || known.userAgent !== given.userAgent) return false
  let parts = 0
  for (const _ in given) parts++
  return parts === 2
}

/** Whether two contexts say the same. `count` is how many parts the known one has, counted once for many questions. */
export function sameContext(known: SessionContext, count: number, given: SessionContext): boolean {
  if (known === given) return true
  if (typeof given !== 'object' || Array.isArray(given)) return false
  return isUsual(known, count) ? sameUsual(known, given) : sameParts(known as Parts, count, given as Parts)
}

/** A context that nobody can change. Whoever gives one that is frozen, and made of texts, may give the same one again, which is told at once. */
export function keptContext(caller: SessionContext = NOTHING_TOLD): SessionContext {
  const isFixed = Object.isFrozen(caller) && Object.values(caller).every((part) => typeof part === 'string')
  return isFixed ? caller : { ...caller }
}
