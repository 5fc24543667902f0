import { sha256 } from '../crypto/hash.js'

/** Enough for every request that is under way; beyond it the oldest is forgotten. */
const MOST_ENDINGS = 10_000

// By the store, so that several middlewares on one store know of each other's.
const endings = new WeakMap<object, Set<string>>()

/** Remembers that this process ended a session, for stores that cannot remember it themselves. */
export function noteEnding(store: object, id: string): void {
  const ended = endings.get(store) ?? new Set<string>()
  endings.set(store, ended)
  const name = sha256(id)
  ended.delete(name)
  ended.add(name)
  const [oldest] = ended
  if (ended.size > MOST_ENDINGS && oldest !== undefined) ended.delete(oldest)
}

/** Whether this process ended it. */
export function hasEnded(store: object, id: string): boolean {
  const ended = endings.get(store)
  return ended !== undefined && ended.size > 0 && ended.has(sha256(id))
}

/** A new session has this id: an application that makes its own ids may give one out twice. */
export function forgetEnding(store: object, id: string): void {
  const ended = endings.get(store)
  if (ended !== undefined && ended.size > 0) ended.delete(sha256(id))
}
