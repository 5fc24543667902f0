import type { ConfigProblem } from './problem.js'
import { shownValue } from './shown-value.js'
import type { ConfigEntry } from './yaml.js'

/** Entries by path, each of which is right by itself. */
export type Given = ReadonlyMap<string, ConfigEntry>

/** Values that are shown neither in whole nor in part: they can hold a password. */
const SECRET = /\.(?:connection_string|moving_from|secret_key|previous_secret_keys)$/

/** Says what is wrong with an entry beside others. */
export function problemAt(entry: ConfigEntry, allowed: string, found?: string): ConfigProblem {
  const { path, where, value, isFilled } = entry
  return { path, where, found: found ?? shownValue(value, isFilled || SECRET.test(path)), allowed }
}
