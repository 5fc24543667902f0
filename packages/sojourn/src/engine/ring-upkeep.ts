import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { reseal } from './reseal.js'

/** Replaces the data key when its time has come, and moves records on to the new one while there are older keys. */
export async function keepRing(engine: Engine): Promise<void> {
  await ask(engine, () => engine.keys.rotateIfDue())
  if (!engine.keys.list().some(({ use, state }) => use === 'data' && state === 'decrypt-only')) return
  const { resealed } = await reseal(engine)
  if (resealed > 0) engine.logger.info({ resealed }, 'records were sealed again under the active key')
}
