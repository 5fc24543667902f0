import type { Io } from '../io.js'
import { paint } from '../paint.js'
import { plural } from '../plural.js'
import { progress } from '../progress.js'
import type { Target } from '../target.js'
import { jsonLine } from '../text.js'
import { printKeys } from './keys-list.js'

export interface RotateOptions {
  readonly reseal?: boolean
  readonly json?: boolean
}

/** `sojourn keys rotate`: takes new keys into use. Nobody is logged out, so nobody is asked. */
export async function keysRotate(io: Io, target: Target, { reseal, json }: RotateOptions): Promise<void> {
  if (reseal !== true) {
    await printKeys(io, await target.rotateKeys(), json === true)
    tell(io, 'The new keys become active by themselves; records are sealed again by the housekeeping of the service.')
    return
  }
  const bar = progress(io, 'Records looked at')
  const { keys, resealed } = await target.rotateAndReseal(({ seen }) => bar.step(seen)).finally(() => bar.end())
  await printKeys(io, keys, json === true)
  if (resealed === undefined) {
    tell(io, `How far it is with sealing records again cannot be said by ${target.name}; it goes on in the background.`)
    return
  }
  if (json === true) await io.out(jsonLine({ seen: resealed.seen, resealed: resealed.resealed }))
  else tell(io, `${plural(resealed.resealed, 'record')} of ${resealed.seen.toLocaleString('en')} sealed again under the new key.`)
}

function tell(io: Io, sentence: string): void {
  io.err(`${paint(io)('dim', sentence)}\n`)
}
