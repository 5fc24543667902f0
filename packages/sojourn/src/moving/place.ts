import type { Row, Store } from '../store/store.js'
import { sameRow } from './same-row.js'

/**
 * `placed`: the row was put there. `same`: it was there. `superseded`: a newer one is there, and stays. `raced`: it was
 * changed meanwhile; look again.
 */
export type Placing = 'placed' | 'same' | 'superseded' | 'raced'

/** An end is for good: no version number makes a session of it again. */
const hasEnded = (there: Row, copy: Row): boolean => there.owner === null && copy.owner !== null

/** Puts a copy of a row into a store, unchanged and with its version; in the place of an older one if there is one. */
export async function place(to: Store, copy: Row): Promise<Placing> {
  if ((await to.insert(copy)) > 0) return 'placed'
  const there = await to.get(copy.id)
  if (there === undefined) return 'raced'
  if (sameRow(there, copy)) return 'same'
  if (there.version > copy.version || hasEnded(there, copy)) return 'superseded'
  if (there.version === copy.version - 1 && there.createdAt === copy.createdAt) return (await to.replace(copy)) ? 'placed' : 'raced'
  await to.remove(there.id, there.version)
  return (await to.insert(copy)) > 0 ? 'placed' : 'raced'
}
