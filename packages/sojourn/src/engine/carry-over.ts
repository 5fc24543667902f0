import type { ReadCreateOptions } from '../input/create-options.js'
import { readData } from '../input/data.js'
import type { Engine } from './engine.js'
import { examine } from './examine.js'

/**
 * The data that a new session begins with. Of what was there before the login nothing is taken along but the keys that the
 * application names (GHSA-2ccf-ffrj-m4qw), and only from a session that nobody else was logged in to.
 */
export async function carriedData(
  engine: Engine,
  userId: string,
  { replaces, carryOver, data, tenant }: ReadCreateOptions,
): Promise<ReadCreateOptions['data']> {
  if (replaces === undefined || carryOver.length === 0) return data
  const examined = await examine(engine, replaces)
  if (examined.kind === 'refused') return data
  const { record } = examined
  const isOwn = record.stage === 'anonymous' || (record.stage === 'pending' && record.userId === userId)
  if (!isOwn || record.tenant !== tenant) return data
  const carried = Object.entries(record.data).filter(([key]) => carryOver.includes(key))
  return readData('options.data', { ...Object.fromEntries(carried), ...data })
}
