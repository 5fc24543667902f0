import type { Io } from '../io.js'
import { keysTable } from '../keys-table.js'
import { paint } from '../paint.js'
import type { KeyRecord, Target } from '../target.js'
import { jsonLine } from '../text.js'

/** `sojourn keys list`: which keys there are and what they are used for. Never the keys themselves. */
export async function keysList(io: Io, target: Target, options: { readonly json?: boolean }): Promise<void> {
  await printKeys(io, await target.keys(), options.json === true)
}

export async function printKeys(io: Io, keys: readonly KeyRecord[], isJson: boolean): Promise<void> {
  if (isJson) {
    for (const key of keys) await io.out(jsonLine(key))
    return
  }
  const [titles = '', ...lines] = keysTable(keys, io.clock.now(), io.columns)
  await io.out(`${paint(io)('bold', titles)}\n${lines.map((line) => `${line}\n`).join('')}`)
}
